/** Calls the API with the session of this page. @throws Error with `status` and the server's own words */
export async function call(path, options = {}) {
  const headers =
    options.body && !options.type ? { 'content-type': 'application/json' } : options.type ? { 'content-type': options.type } : {};
  const response = await fetch(path, { ...options, headers });
  const body = response.status === 204 ? undefined : await response.json();
  if (!response.ok) throw Object.assign(new Error(body?.message ?? response.statusText), { status: response.status });
  return body;
}

/** A POST with a JSON body. */
export const post = (path, body) => call(path, { method: 'POST', ...(body ? { body: JSON.stringify(body) } : {}) });
