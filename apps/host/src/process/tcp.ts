/** The network of a process of Node's: TCP. */
import { createServer, type Socket } from "node:net";
import type { Network, Peer } from "../session/network.js";

/** How often the other side is asked whether it is still there. */
const KEEP_ALIVE_MS = 60_000;

/** TCP, with Node's timers. */
export const tcp: Network = {
  listen({ host, port }, connected) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => connected(peerOf(socket)));
    return new Promise((resolve, reject) => {
      server.once("error", (error) => reject(new Error(`nothing can listen at ${host}:${port}: ${error.message}`)));
      server.listen({ host, port }, () => {
        const address = server.address();
        const chosen = typeof address === "object" && address !== null ? address.port : port;
        const shown = host.includes(":") ? `[${host}]` : host;
        resolve({ at: `${shown}:${chosen}`, close: () => void server.close() });
      });
    });
  },
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

function peerOf(socket: Socket): Peer {
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return {
    listen({ data, end, closed }) {
      socket.on("data", data);
      socket.on("end", end);
      socket.on("close", closed);
      socket.on("error", () => {}); // "close" follows
    },
    send(bytes, taken) {
      if (socket.writable) socket.write(bytes, (error) => void (error || taken()));
    },
    end: () => void socket.end(),
    abort: () => void socket.destroy(),
    setReading: (reads) => void (reads ? socket.resume() : socket.pause()),
  };
}
