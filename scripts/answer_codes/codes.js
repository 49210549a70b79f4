// What the forms of a session use of the package qr, built into one file by `make codes`.

export { encodeQR } from "qr";
export { decodeQR } from "qr/decode.js";
