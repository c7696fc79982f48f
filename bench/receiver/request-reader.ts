const HEAD_END = Buffer.from("\r\n\r\n");

/** Cuts what arrives on one connection into HTTP/1.1 requests with a Content-Length. */
export function createRequestReader(onRequest: (head: string, body: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    for (;;) {
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = pending.toString("latin1", 0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const end = bodyStart + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (pending.length < end) return;
      onRequest(head, pending.subarray(bodyStart, end));
      pending = pending.subarray(end);
    }
  };
}
