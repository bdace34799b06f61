// What went wrong, in words for people. Other errors than this are faults of the page itself.
"use strict";

/** `message` says what happened and what to do, `waitS` how long to wait before the next try, `kind` is for the code. */
export class Failure extends Error {
  constructor(kind, message, waitS = 0) {
    super(message);
    Object.assign(this, { kind, waitS });
  }
}
