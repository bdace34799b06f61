// Where the API is, and who asks. Signing in is Cognito's hosted page: OAuth 2 code flow with PKCE (RFC 7636).
"use strict";

import { Failure } from "./failure.js";

const KEYS = { token: "token", expires: "expires", verifier: "verifier", state: "state", view: "view" };
const VERIFIER_BYTES = 32; // 43 characters, the least that RFC 7636 allows, 256 bits of randomness
const fault = (message) => new Failure("signed-out", message);
let preparing = null;
let settings = { api_url: "", sign_in_url: "", client_id: "", sign_in_at_once: false };

/**
 * Read config.json once, and finish signing in if the address carries a code. Throws an Error whose message is for
 * people; the next call tries again, as without the settings nobody knows where the API is.
 */
export function prepared() {
  preparing ??= prepare().catch((error) => {
    preparing = null;
    throw error;
  });
  return preparing;
}

async function prepare() {
  settings = { ...settings, ...(await readSettings()) };
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return;
  history.replaceState(null, "", location.pathname + (sessionStorage.getItem(KEYS.view) || ""));
  sessionStorage.removeItem(KEYS.view);
  if (answer.has("error")) throw fault("Signing in was not completed. Try again.");
  await redeem(answer.get("code"), answer.get("state"));
}

export const apiUrl = (path) => `${settings.api_url}${settings.api_url ? "/" : ""}${path}`;
export const needsSignIn = () => Boolean(settings.sign_in_url);
/** Whether to go to the sign-in page without being asked: where it asks for no password, and nobody has just left. */
export const signsInAtOnce = () => settings.sign_in_at_once && !isSignedIn() && !new URLSearchParams(location.search).has("signed-out");
export const isSignedIn = () => Boolean(token());

/** The headers that tell the API who asks; none where nobody signs in. */
export function authorization() {
  const value = token();
  return value ? { Authorization: value } : {};
}

/** Go to the sign-in page, and come back to the same view. */
export async function signIn() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  sessionStorage.setItem(KEYS.verifier, verifier);
  sessionStorage.setItem(KEYS.state, state);
  sessionStorage.setItem(KEYS.view, location.hash);
  location.assign(`${settings.sign_in_url}/oauth2/authorize?${new URLSearchParams({
    response_type: "code", client_id: settings.client_id, redirect_uri: here(), scope: "openid", state,
    code_challenge: challenge, code_challenge_method: "S256",
  })}`);
}

/** Forget the token here and end Cognito's session. */
export function signOut() {
  forgetToken();
  location.assign(`${settings.sign_in_url}/logout?${new URLSearchParams({ client_id: settings.client_id, logout_uri: here() })}`);
}

/** The API did not accept the token: it has to be had anew. Whoever shows who is signed in hears of it. */
export function forgetToken() {
  sessionStorage.removeItem(KEYS.token);
  sessionStorage.removeItem(KEYS.expires);
  dispatchEvent(new Event("signed-out"));
}

async function readSettings() {
  const response = await fetch("config.json", { cache: "no-cache" }).catch(() => null);
  const found = response && response.ok ? await response.json().catch(() => null) : null;
  if (!found || typeof found !== "object") throw new Failure("unreachable", "The service cannot be reached. Check your connection, then try again.");
  return found;
}

async function redeem(code, state) {
  const verifier = sessionStorage.getItem(KEYS.verifier);
  const expected = sessionStorage.getItem(KEYS.state);
  sessionStorage.removeItem(KEYS.verifier);
  sessionStorage.removeItem(KEYS.state);
  if (!verifier || !expected || state !== expected) throw fault("This sign-in was not started here. Sign in again.");
  const response = await fetch(`${settings.sign_in_url}/oauth2/token`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: settings.client_id, code, redirect_uri: here(), code_verifier: verifier,
    }),
  }).catch(() => null);
  const body = response && response.ok ? await response.json().catch(() => null) : null;
  if (!body || !body.id_token) throw fault("Signing in did not work. Sign in again.");
  sessionStorage.setItem(KEYS.token, body.id_token);
  sessionStorage.setItem(KEYS.expires, String(Date.now() + 1000 * body.expires_in));
}

function token() {
  return Number(sessionStorage.getItem(KEYS.expires)) > Date.now() ? sessionStorage.getItem(KEYS.token) : null;
}

const here = () => `${location.origin}/`;
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
