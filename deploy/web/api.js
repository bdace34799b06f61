// Calls of the API. Whatever goes wrong becomes a Failure: one sentence on what happened, and one on what to do.
"use strict";

import { Failure } from "./failure.js";
import * as account from "./sign_in.js";

const LIMIT_S = 40; // API Gateway gives up after 29
const OFTEN = 10; // times to ask again while the same question is being answered

const FAULTS = {
  cancelled: "Cancelled.",
  "too-slow": `No answer came within ${LIMIT_S} seconds. The service may be busy: try again in a moment.`,
  offline: "You are offline. Check your connection, then try again.",
  unreachable: "The service cannot be reached. Check your connection, then try again.",
  cut: "The reply broke off on its way. Try again: the same answer will be sent, not a second one recorded.",
  "signed-out": "You are not signed in, or no longer. Sign in to go on.",
  "too-many": "Too many questions are being asked at once.",
  broken: "The service cannot answer just now. Try again in a minute.",
};
const failure = (kind, waitS) => new Failure(kind, FAULTS[kind], waitS);

/**
 * Call the API and return what it answers, null if that is nothing.
 *
 * `key` is an Idempotency-Key: while the first request with it is at work the answer is waited for.
 */
export async function call(method, path, { body = null, key = "", signal = null } = {}) {
  await account.prepared();
  for (let tries = 1; ; tries += 1) {
    const [response, answer] = await send(method, path, body, key, signal);
    if (response.ok) return answer;
    const waitS = Number(response.headers.get("Retry-After")) || 0;
    if (response.status !== 409 || tries === OFTEN) throw refusal(response.status, answer, waitS);
    await new Promise((resolve) => setTimeout(resolve, 1000 * (waitS || 1)));
  }
}

async function send(method, path, body, key, signal) {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), 1000 * LIMIT_S);
  const leave = () => clock.abort();
  if (signal) signal.addEventListener("abort", leave);
  let begun = false;
  try {
    const response = await fetch(account.apiUrl(path), {
      method,
      headers: headers(body, key),
      body: body && JSON.stringify(body),
      signal: clock.signal,
      cache: "no-store",
    });
    begun = true;
    const text = await response.text();
    return [response, readJson(response, text)];
  } catch (error) {
    throw broken(error, begun, signal, clock.signal);
  } finally {
    clearTimeout(timer);
    if (signal) signal.removeEventListener("abort", leave);
  }
}

function headers(body, key) {
  return {
    Accept: "application/json",
    ...(body ? { "Content-Type": "application/json" } : {}),
    ...(key ? { "Idempotency-Key": key } : {}),
    ...account.authorization(),
  };
}

function readJson(response, text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    if (response.ok) throw failure("cut");
    return null; // somebody on the way answered in words of their own: the status says enough
  }
}

/** Say why there is no whole reply. */
function broken(error, begun, signal, clock) {
  if (error instanceof Failure) return error;
  if (signal && signal.aborted) return failure("cancelled");
  if (clock.aborted) return failure("too-slow");
  if (!navigator.onLine) return failure("offline");
  return failure(begun ? "cut" : "unreachable");
}

/** Say what an error status means. */
function refusal(status, problem, waitS) {
  if (status === 401) {
    account.forgetToken();
    return failure("signed-out");
  }
  if (status === 429) return failure("too-many", waitS || 5);
  if (status === 404) return new Failure("gone", "That is not there any more: it was deleted, or has expired.");
  if (status < 500 && status !== 409) {
    return new Failure("refused", (problem && problem.detail) || "The service did not accept that. Change it and try again.");
  }
  return failure("broken", waitS);
}
