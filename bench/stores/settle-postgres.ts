import pg from "pg";

/** Does at once what autovacuum and the checkpointer would do in the next minutes; nothing on any other server. */
export async function settlePostgres(server: string): Promise<void> {
  if (!server.startsWith("postgres:")) return;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query("vacuum analyze");
  await client.query("checkpoint");
  await client.end();
}
