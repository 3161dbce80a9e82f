/** A file on its way to the server. XMLHttpRequest, as `fetch` does not tell how far it is. */

/** @typedef {import('./files.js').SentFile} SentFile */

/** What the server takes. @typedef {{ bytes_max: number, files_max: number }} Limits */

/** While the server has not told. @type {Limits} */
const DEFAULTS = { bytes_max: 10 * 1024 * 1024, files_max: 10 };

/** A file did not arrive: the status of the answer, or 0 where none came. */
export class UploadError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the upload was answered with ${status}`);
    this.status = status;
  }
}

/** @returns {Promise<Limits>} */
export async function uploadLimits() {
  try {
    const { bytes_max, files_max } = await (await fetch('/files')).json();
    if (Number.isSafeInteger(bytes_max) && Number.isSafeInteger(files_max)) return { bytes_max, files_max };
  } catch {
    // No connection: the upload itself will tell.
  }
  return DEFAULTS;
}

/**
 * @param {Blob} blob
 * @param {string} name
 * @param {{ token: string | null, signal: AbortSignal, onprogress: (part: number) => void }} options
 * @returns {Promise<SentFile>}
 */
export function upload(blob, name, { token, signal, onprogress }) {
  const request = new XMLHttpRequest();
  request.open('POST', `/files?name=${encodeURIComponent(name)}`);
  request.setRequestHeader('Authorization', `Bearer ${token}`);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.responseType = 'json';
  signal.addEventListener('abort', () => request.abort());
  request.upload.addEventListener('progress', ({ loaded, total }) => onprogress(total === 0 ? 0 : loaded / total));
  return new Promise((resolve, reject) => {
    request.addEventListener('loadend', () => {
      if (request.status === 201) resolve(request.response);
      else reject(new UploadError(request.status));
    });
    request.send(blob);
  });
}
