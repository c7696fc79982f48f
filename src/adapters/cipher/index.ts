export { aesGcmCipher, type AesGcmKeys } from "./aes-gcm-cipher.ts";
