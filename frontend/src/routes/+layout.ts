// The server that serves these pages is the API; nothing is rendered before a browser asks it.
export const ssr = false;
export const prerender = false;
