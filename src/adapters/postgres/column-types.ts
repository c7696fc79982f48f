import { bigint, customType } from "drizzle-orm/pg-core";

/** Text that is compared byte by byte, whatever the database's collation: a page goes on after an id. */
export const id = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
/** Text that may hold NUL, which `text` cannot. */
export const utf8 = customType<{ data: string; driverData: Buffer }>({
  dataType: () => "bytea",
  toDriver: (value) => Buffer.from(value),
  fromDriver: (value) => Buffer.from(value).toString(),
});
/** Milliseconds since 1970. */
export const time = (name: string) => bigint(name, { mode: "number" });
