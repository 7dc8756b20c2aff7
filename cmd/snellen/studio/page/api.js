// Requests to the server. Each returns its answer, or throws a Failure with words for people.

// A Failure is an error with a hint and the server's whole answer.
export class Failure extends Error {
  constructor(status, body) {
    super(body.error || `the studio answered with status ${status}`);
    this.name = "Failure";
    this.status = status;
    this.hint = body.hint || "";
    this.body = body;
  }
}

// url returns a path with its query.
export function url(path, query) {
  const text = new URLSearchParams(query).toString();
  return text ? `${path}?${text}` : path;
}

async function ask(method, path, {query, body, type, signal} = {}) {
  let answer;
  try {
    const headers = type ? {"Content-Type": type} : {};
    answer = await fetch(url(path, query), {method, headers, body, signal});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, {
      error: "the studio does not answer",
      hint: "look whether snellen studio still runs in its terminal",
    });
  }
  if (answer.ok) return answer;
  // What is no JSON comes from no part of the studio; the status alone is told.
  const told = await answer.json().catch(() => ({}));
  throw new Failure(answer.status, told);
}

export async function get(path, query, signal) {
  return (await ask("GET", path, {query, signal})).json();
}

// getBlob returns a file's bytes, as of a picture.
export async function getBlob(path, query, signal) {
  return (await ask("GET", path, {query, signal})).blob();
}

export async function post(path, body, signal) {
  const options = {body: JSON.stringify(body), type: "application/json", signal};
  const answer = await ask("POST", path, options);
  return readOptional(answer);
}

// postPicture sends a JPEG and returns the answer, or null where the server dropped it.
export async function postPicture(path, query, blob, signal) {
  const answer = await ask("POST", path, {query, body: blob, type: "image/jpeg", signal});
  return answer.status === 204 ? null : answer.json();
}

export async function put(path, query, blob, signal) {
  const options = {query, body: blob, type: "application/octet-stream", signal};
  return (await ask("PUT", path, options)).json();
}

export async function remove(path) {
  await ask("DELETE", path);
}

async function readOptional(answer) {
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}
