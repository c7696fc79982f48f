import { sql, type SQL } from "drizzle-orm";

/** A placeholder where drizzle wants SQL. Drizzle takes a bare one for values, but not for the columns of an update. */
export function parameter(name: string): SQL {
  return sql`${sql.placeholder(name)}`;
}

/** A list of any length as one parameter, JSON, so that one statement takes them all: for `in`. */
export function listParameter(name: string): SQL {
  return sql`(select value from json_each(${parameter(name)}))`;
}
