/**
 * A world to record and replay: its root task reads lines from the UART by interrupts, hands each byte to a server, and
 * writes back what that answers, until a line says "quit". What it returns is how many bytes it has seen.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  seL4_CapIRQControl,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_IRQHandler_Ack,
  seL4_MessageInfo_new,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_ReplyRecv,
  seL4_SetMR,
  seL4_Wait,
} from "@tessera/libsel4";
import {
  alloc_retype,
  IRQ_EP_BADGE,
  IRQ_IDENT_BADGE_BITS,
  sos_handle_irq_notification,
  sos_init_irq_dispatch,
  sos_map_device,
  sos_register_irq_handler,
  spawn,
} from "@tessera/ut-alloc";
import type { WorldOptions } from "../../src/index.js";

const UART = 0x1000_0000;
const UART_IRQ = 10;
const UartOffset = { Data: 0, InterruptEnable: 1 } as const;
const SERVER = 1;
const ONE_WORD = seL4_MessageInfo_new(0, 0, 0, 1);

/** `answer`: what the server makes of each byte. */
export function echoWorld(answer: (byte: number) => number = (byte) => byte - 32): WorldOptions<number> {
  let reply = 0;
  return {
    *root(bootinfo, cspace) {
      const bell = (yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace)).cptr;
      const ep = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
      reply = (yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace)).cptr;
      const options = { name: "server", priority: 100, sched_control: bootinfo.schedcontrol.start };
      yield* spawn(cspace, SERVER, ep, options);

      const uart = (yield* sos_map_device(cspace, UART, 0x100))!;
      const irqs = sos_init_irq_dispatch(cspace, seL4_CapIRQControl, bell, IRQ_EP_BADGE, IRQ_IDENT_BADGE_BITS);
      let text = "";
      const received = function* (_: unknown, __: number, handler: number): Thread<number> {
        const byte = new Uint8Array(1);
        yield* copyIn(uart + UartOffset.Data, byte);
        text += String.fromCharCode(byte[0]!);
        seL4_SetMR(0, byte[0]!);
        yield* seL4_Call(ep, ONE_WORD);
        yield* copyOut(uart + UartOffset.Data, Uint8Array.of(seL4_GetMR(0)));
        return yield* seL4_IRQHandler_Ack(handler);
      };
      const { irq_handler } = yield* sos_register_irq_handler(UART_IRQ, true, received, null, irqs);
      yield* seL4_IRQHandler_Ack(irq_handler);
      yield* copyOut(uart + UartOffset.InterruptEnable, Uint8Array.of(1));
      while (!text.endsWith("quit")) {
        const { badge } = yield* seL4_Wait(bell);
        yield* sos_handle_irq_notification(badge, irqs);
      }
      return text.length;
    },
    programs: {
      server: program(function* ({ a0: ep }) {
        yield* seL4_Recv(ep, reply);
        for (;;) {
          seL4_SetMR(0, answer(seL4_GetMR(0)));
          yield* seL4_ReplyRecv(ep, ONE_WORD, reply);
        }
      }),
    },
  };
}
