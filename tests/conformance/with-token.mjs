// Adds the bearer token to every fetch, for tools that know nothing of it: node --import ./with-token.mjs tool.mjs
const plain = globalThis.fetch;
globalThis.fetch = (input, init = {}) => {
  const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
  headers.set('authorization', `Bearer ${process.env.AICO_TOKEN}`);
  return plain(input, { ...init, headers });
};
