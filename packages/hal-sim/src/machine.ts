/**
 * A machine: a pure function of (image, options, seed, input log).
 *
 * Life: built, given a kernel (`cpu.onTrap`), run in pieces of any size, and stopped for good by a power-off or a
 * halt. It runs synchronously, in slices; between slices, and only there, what left its devices goes to subscribers
 * and limits are looked at. Machines share nothing: many live in one process, and one that halts leaves the others be.
 * `runRealTime` differs only in waiting where `run` skips idle time.
 */
import type { Observable } from "rxjs";
import { type Alarm, Clock, CYCLES_PER_TICK, LAST_CYCLE, TICKS_PER_MS } from "./clock.js";
import type { CostModel } from "./cost-model.js";
import { Coprocessor } from "./cpu/coprocessor.js";
import { Cpu } from "./cpu/cpu.js";
import { Driver } from "./cpu/driver.js";
import { type DeviceDescription, describeMachine, type MachineDescription } from "./description.js";
import type { InputDevice } from "./devices/device.js";
import { Monitor } from "./devices/monitor.js";
import { Outbox } from "./devices/outbox.js";
import { Plic } from "./devices/plic.js";
import { PowerOff } from "./devices/power-off.js";
import { rollingSum } from "./devices/rolling-sum.js";
import { Rtc } from "./devices/rtc.js";
import { Uart } from "./devices/uart.js";
import { Block } from "./devices/virtio/block.js";
import type { VirtioDevice } from "./devices/virtio/device.js";
import { Entropy } from "./devices/virtio/entropy.js";
import { SocketDevice } from "./devices/virtio/socket/socket.js";
import { VirtioMmio } from "./devices/virtio/transport.js";
import { type DiskInput, diskIdentity } from "./disks/disk-input.js";
import { type DiskFaults, FaultPlan } from "./disks/faults.js";
import { faultyDisk } from "./disks/faulty-disk.js";
import { ObservedDisk } from "./disks/observed-disk.js";
import { dump } from "./dump.js";
import { HostTime, type RealTimeHost } from "./host-time.js";
import type { Image } from "./image/image.js";
import { type InputEntry, InputLog } from "./input-log.js";
import { Bus } from "./memory/bus.js";
import { PhysicalMemory } from "./memory/physical.js";
import { checkOptions, type MachineOptions } from "./options.js";
import { Prng } from "./prng.js";
import { checksumOf, type RunIdentity } from "./replay/run-log.js";
import { type Report, Reports } from "./reports.js";
import { HostSockets } from "./sockets.js";
import { checkLimit, type RunLimit, type Stop } from "./stop.js";
import { MachineEvent, Trace } from "./trace.js";

/** A slice ends after this much modelled time, or so many kernel entries, whichever is first. */
const SLICE_CYCLES = 10_000_000;
const SLICE_EVENTS = 50_000;
/** In real time a machine that computes may be so much ahead of the host: hosts do not sleep for less. */
const AHEAD_TICKS = TICKS_PER_MS;

/** The streams of the seed: 0 is `prng`. */
const ENTROPY_STREAM = 1;
const FIRST_DISK_STREAM = 2;
const FIRST_FAULTS_STREAM = 4;

const IDLE: Stop = { reason: "idle", code: 0, message: "nobody runs and nothing is due" };
const LIMIT: Stop = { reason: "limit", code: 0, message: "the limit of this run was reached" };

/** A device that bytes enter from outside, and its interrupt, by which the trace knows it. */
type InputReceiver = Pick<InputDevice, "name" | "receive"> & { readonly irq: number };

/**
 * A machine: a pure function of image, options, seed and input log.
 *
 * `cpu.onTrap` is the kernel's entry (`bootKernel` of `@tessera/kernel` puts it there); `run` runs until nobody has
 * anything left to do, `output` and `reports` are what leaves it, `input` is what enters, and `trace.hash` is what two
 * runs are compared by.
 */
export class Machine {
  readonly image: Image;
  readonly description: MachineDescription;
  readonly memory: PhysicalMemory;
  readonly clock: Clock;
  readonly cost: CostModel;
  readonly trace: Trace;
  readonly inputLog: InputLog;
  readonly prng: Prng;
  readonly plic: Plic;
  readonly bus: Bus;
  readonly cpu: Cpu;
  readonly uart: Uart;
  readonly rtc: Rtc;
  /** Where a driver asks whoever watches the machine. */
  readonly monitor: Monitor;
  /** The slots in which drivers look for virtio devices. */
  readonly virtio: readonly VirtioMmio[];
  /** Connections to its servers from outside; null: it has no socket device. */
  readonly sockets: HostSockets | null;
  readonly #disks: readonly ObservedDisk[];
  readonly #diskFaults: readonly (DiskFaults | null)[];
  readonly #epochMs: number;
  readonly #seed: number;
  readonly #console: Outbox;
  readonly #reports: Reports;
  readonly #driver: Driver;
  readonly #inputAlarm: Alarm;
  readonly #receivers: ReadonlyMap<string, InputReceiver>;
  #entered = 0;
  #stop: Stop | null = null;
  #running = false;
  #hostTime: HostTime | null = null;

  constructor(options: MachineOptions) {
    const settings = checkOptions(options);
    this.image = settings.image;
    this.description = describeMachine(settings.ramBytes, settings.disks.length);
    const { devices, kernelDevices, ram } = this.description;
    this.cost = settings.cost;
    this.#epochMs = settings.epochMs;
    this.#seed = settings.seed;
    this.prng = new Prng(settings.seed);
    this.clock = new Clock();
    this.memory = new PhysicalMemory(ram.base, ram.bytes);
    this.trace = new Trace(this.clock, settings.traceRecords);
    this.inputLog = new InputLog();
    this.#inputAlarm = this.clock.createAlarm(() => this.#enterInputs());
    this.plic = new Plic(kernelDevices.plic.base, kernelDevices.plic.bytes);
    this.#console = new Outbox();
    this.#reports = new Reports(settings.onReport);
    this.uart = new Uart(devices.uart, {
      clock: this.clock,
      trace: this.trace,
      plic: this.plic,
      outbox: this.#console,
    });
    this.rtc = new Rtc(devices.rtc, { clock: this.clock, plic: this.plic, epochMs: settings.epochMs });
    this.monitor = new Monitor(devices.monitor, { trace: this.trace, endSlice: () => this.#endSlice() });
    const entropy = new Entropy({ clock: this.clock, prng: new Prng(settings.seed, ENTROPY_STREAM) });
    const sockets = settings.sockets ? this.#createSockets() : null;
    this.sockets = sockets === null ? null : new HostSockets(sockets, this);
    const virtio = new Map<DeviceDescription, VirtioDevice>([[devices.entropy, entropy]]);
    if (sockets !== null) virtio.set(devices.sockets, sockets);
    this.#disks = settings.disks.map((disk, n) => new ObservedDisk(disk, n));
    this.#diskFaults = this.#disks.map((_, n) => settings.diskFaults[n] ?? null);
    for (const [n, place] of devices.disks.entries()) virtio.set(place, this.#createDisk(n));
    this.virtio = devices.virtio.map((place) => this.#createSlot(place, virtio.get(place) ?? null));
    this.bus = new Bus();
    this.bus.attach(this.plic);
    this.bus.attach(this.uart);
    this.bus.attach(this.rtc);
    this.bus.attach(this.monitor);
    this.bus.attach(new PowerOff(devices.powerOff, (code, message) => this.#powerOff(code, message)));
    for (const slot of this.virtio) this.bus.attach(slot);
    const receivers: InputReceiver[] = sockets === null ? [this.uart] : [this.uart, sockets];
    this.#receivers = new Map(receivers.map((device) => [device.name, device]));
    this.cpu = new Cpu(this, settings.callSites);
    const coprocessor = new Coprocessor(this.cpu, this.bus);
    coprocessor.onRunaway = settings.onRunaway;
    this.#driver = new Driver(this.cpu, coprocessor, this.image);
    for (const entry of settings.inputs) this.#schedule(entry);
  }

  /** What its run depends on beside its inputs and the code of its programs; two runs of one identity can be compared. */
  get identity(): RunIdentity {
    const { programs, data } = this.image;
    const machine = {
      image: { programs: programs.map(({ name }) => name), dataBytes: data.length, data: checksumOf(data) },
      seed: this.#seed,
      ramBytes: this.description.ram.bytes,
      epochMs: this.#epochMs,
      cost: this.cost,
      disks: this.#disks.map((disk, n) => diskIdentity(disk, this.#diskFaults[n] ?? null)),
    };
    return this.sockets === null ? machine : { ...machine, sockets: true };
  }

  /** Kernel entries so far: the number that a checkpoint names. */
  get events(): number {
    return this.cpu.entries;
  }

  /** Bytes that the kernel's debug console and the UART send, in chunks at the ends of slices. */
  get output(): Observable<Uint8Array> {
    return this.#console.stream;
  }

  /**
   * Sentences for people, such as why a thread was stopped. They are no part of the trace. Who subscribes is told instead
   * of the option `onReport`.
   */
  get reports(): Observable<string> {
    return this.#reports.stream;
  }

  /**
   * Run in virtual time: idle time is skipped. Comes back at a limit, when idle for good, or when stopped;
   * halted, when no kernel is installed.
   * @throws TypeError or RangeError when there is no such limit, or it is no number.
   */
  run(limit: RunLimit = {}): Stop {
    checkLimit(limit);
    const { clock, cpu } = this;
    const endCycle = Math.min(clock.cycles + (limit.ticks ?? Infinity) * CYCLES_PER_TICK, LAST_CYCLE);
    const endEvent = cpu.entries + (limit.events ?? Infinity);
    const until = limit.until ?? null;
    if (until?.()) return LIMIT;
    for (;;) {
      const stop = this.#slice(endCycle, endEvent, endCycle, until !== null);
      if (stop !== null && stop !== IDLE) return stop;
      if (until?.()) return LIMIT;
      // Whoever was told at the end of the slice may have given an input, and so something to do.
      if (stop === IDLE && this.#nextDue() > endCycle) return this.#idleUntil(endCycle);
    }
  }

  /**
   * Run with time passing as on the host, and give way to the host between slices: idle time is waited for, and a machine
   * that computes faster than its clock says waits for the host's, so that what comes in the middle finds it at that time.
   * Comes back like `run`; "idle" means that only an input can wake the machine: call it again then, time goes on as
   * mapped by the first call.
   * `LiveRun` does that for who has people at the other end.
   * @param until asked before every slice; true ends the run ("limit"), which `wake` makes it see at once
   */
  async runRealTime(host: RealTimeHost, until: () => boolean = () => false): Promise<Stop> {
    this.#hostTime ??= new HostTime(host, this.clock.ticks);
    const time = this.#hostTime;
    for (;;) {
      if (this.#stop === null && until()) return LIMIT;
      const stop = this.#slice(LAST_CYCLE, Infinity, time.ticks() * CYCLES_PER_TICK, false);
      if (stop !== null && stop !== IDLE) return stop;
      if (stop === IDLE && this.#nextDue() > LAST_CYCLE) return stop;
      await time.waitUntil(stop === IDLE ? this.#nextDue() / CYCLES_PER_TICK : this.clock.ticks - AHEAD_TICKS);
    }
  }

  /** End the sleep of `runRealTime`, so that it looks again at what there is to do. */
  wake(): void {
    this.#hostTime?.wake();
  }

  /**
   * Bytes enter a device from outside. They are logged with a tick that is still to come (the host's, in real time)
   * and enter there.
   * @param tick the earliest tick; default: as soon as possible
   * @throws RangeError when no such device takes input, or `tick` is no whole number, 0 or more.
   */
  input(device: string, bytes: Uint8Array, tick = 0): void {
    if (!Number.isSafeInteger(tick) || tick < 0) {
      throw new RangeError(`the tick of an input must be a whole number, 0 or more, not ${tick}`);
    }
    const now = Math.ceil(this.#hostTime?.ticks() ?? 0);
    this.#schedule({ tick: Math.max(this.clock.ticks + 1, now, tick), device, bytes: bytes.slice() });
    this.wake();
  }

  /** @throws RangeError when no device of that name takes input. */
  checkInputDevice(device: string): void {
    if (this.#receivers.has(device)) return;
    const known = [...this.#receivers.keys()].join(", ");
    throw new RangeError(`no device "${device}" takes input; those that do: ${known}`);
  }

  /** Be told what the disks bring into the run, from before it runs on. A `RunRecorder` writes it into its log. */
  watchDisks(watcher: (input: DiskInput) => void): void {
    for (const disk of this.#disks) disk.watch(watcher);
  }

  /** A byte of the kernel's debug console. */
  putDebugChar(byte: number): void {
    this.trace.emit(MachineEvent.Output, 0, byte, 0, 0, 0, 0);
    this.#console.put(byte);
  }

  /** A report for people, outside the trace; a function is called when it is told, at the end of the slice. */
  report(report: Report): void {
    this.#reports.put(report);
  }

  /** The system ends itself. */
  powerOff(code: number): void {
    this.#powerOff(code, "powered off");
  }

  /** Stop this machine with a dump: the kernel's debug halt, or an assertion. */
  halt(message: string): void {
    this.#halt(message, "");
  }

  /**
   * One slice: until its cycles or events are used up, or nobody runs and nothing is due up to `idleUntil`.
   * Null = it can go on.
   */
  #slice(endCycle: number, endEvent: number, idleUntil: number, single: boolean): Stop | null {
    const { clock, cpu } = this;
    if (this.#stop !== null) return this.#stop;
    if (!cpu.hasVector) this.halt("no kernel is installed: bootKernel(machine) comes before run()");
    if (clock.cycles >= LAST_CYCLE) this.halt("modelled time has come to its end (2^53 cycles)");
    if (this.#stop !== null) return this.#stop;
    if (clock.cycles >= endCycle || cpu.entries >= endEvent) return LIMIT;
    cpu.leaving = false;
    cpu.entryLimit = Math.min(endEvent, cpu.entries + (single ? 1 : SLICE_EVENTS));
    clock.sliceEnd = Math.min(endCycle, clock.cycles + SLICE_CYCLES);
    const idles = this.#drive(idleUntil);
    if (cpu.failure !== null) this.#fail(cpu.failure.error);
    this.#console.emit();
    this.sockets?.emit();
    this.#reports.emit();
    this.monitor.emit();
    return this.#stop ?? (idles ? IDLE : null);
  }

  #drive(idleUntil: number): boolean {
    if (this.#running) throw new Error("the machine is running already: run() was called from inside it");
    this.#running = true;
    try {
      return this.#driver.slice(idleUntil);
    } finally {
      this.#running = false;
    }
  }

  /** Nobody runs up to the end of this run: is there something later, time passes up to there. */
  #idleUntil(endCycle: number): Stop {
    if (this.#nextDue() > LAST_CYCLE) return IDLE;
    this.clock.skipTo(endCycle);
    return LIMIT;
  }

  /** The cycle of what happens next when nobody runs. */
  #nextDue(): number {
    return Math.min(this.clock.alarmAt, this.clock.timerAt);
  }

  #schedule(entry: InputEntry): void {
    this.checkInputDevice(entry.device);
    this.inputLog.add(entry);
    this.#armInputs();
  }

  #armInputs(): void {
    const next = this.inputLog.entries[this.#entered];
    this.clock.set(this.#inputAlarm, next === undefined ? Infinity : next.tick * CYCLES_PER_TICK);
  }

  #enterInputs(): void {
    for (;;) {
      const entry = this.inputLog.entries[this.#entered];
      if (entry === undefined || entry.tick > this.clock.ticks) break;
      this.#entered++;
      const device = this.#receivers.get(entry.device)!;
      this.trace.emit(MachineEvent.Input, device.irq, entry.bytes.length, rollingSum(0, entry.bytes), 0, 0, 0);
      device.receive(entry.bytes);
    }
    this.#armInputs();
  }

  #createDisk(n: number): Block {
    const observed = this.#disks[n]!;
    const planned = this.#diskFaults[n] ?? null;
    const faults = planned === null ? null : new FaultPlan(planned, new Prng(this.#seed, FIRST_FAULTS_STREAM + n));
    const disk = faults === null ? observed : faultyDisk(observed, faults);
    const prng = new Prng(this.#seed, FIRST_DISK_STREAM + n);
    return new Block({ disk, faults, id: `disk ${n}`, clock: this.clock, prng, report: (text) => this.report(text) });
  }

  #createSockets(): SocketDevice {
    const { irq } = this.description.devices.sockets;
    return new SocketDevice({ irq, clock: this.clock, report: (text) => this.report(text) });
  }

  #createSlot(place: DeviceDescription, device: VirtioDevice | null): VirtioMmio {
    const { memory, plic, trace } = this;
    return new VirtioMmio(place, device, { memory, plic, trace, report: (text) => this.report(text) });
  }

  #powerOff(code: number, message: string): void {
    if (this.#stop !== null) return;
    this.trace.emit(MachineEvent.Halt, 0, 0, code, 0, 0, 0);
    this.#end({ reason: "power-off", code, message });
  }

  #fail(error: unknown): void {
    const known = error instanceof Error;
    this.#halt(known ? error.message : String(error), known ? (error.stack ?? "") : "");
  }

  #halt(message: string, stack: string): void {
    if (this.#stop !== null) return;
    this.trace.emit(MachineEvent.Halt, 0, 1, 1, 0, 0, 0);
    const { clock, trace, inputLog } = this;
    const text = dump({ clock, trace, inputLog, seed: this.#seed, events: this.events }, message, stack);
    this.#end({ reason: "halted", code: 1, message: text });
  }

  #end(stop: Stop): void {
    this.#stop = stop;
    this.#endSlice();
  }

  /** What has left the machine goes out before anything else happens. */
  #endSlice(): void {
    this.cpu.leaving = true;
  }
}
