import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { runToEnd, startServer } from "./child-process.ts";
import { type RestartableServer, restartable } from "./restartable-server.ts";

const binaryFolders = "/usr/lib/postgresql";

export interface PostgresServerOptions {
  /** The folder of the data, made on the first start. Every user must be able to enter its parents. */
  folder: string;
  port: number;
  /** The name of the role, its password, and the database. */
  name: string;
}

/**
 * A Postgres cluster from Debian's packages. It is made on the first start, with one role (password required)
 * and one database, and listens only on the loopback address. If it is run as root, it becomes the `postgres`
 * user. Throws with the names of the packages if the programs are missing, and if another server uses the
 * folder.
 */
export async function preparePostgres({
  folder,
  port,
  name,
}: PostgresServerOptions): Promise<RestartableServer> {
  const programs = await findPrograms();
  const identity = serverIdentity();
  const url = `postgres://${name}:${name}@127.0.0.1:${port}/${name}`;
  return restartable({
    url,
    // Postgres's fast shutdown: transactions roll back, and a checkpoint is written.
    stopSignal: "SIGINT",
    probe: () => createDatabase(url, name),
    launch: async () => {
      await refuseRunningElsewhere(folder);
      if (!existsSync(join(folder, "PG_VERSION"))) await createCluster(programs, folder, name, identity);
      const settings = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "timezone=UTC",
        "log_timezone=UTC",
      ];
      const args = ["-D", folder, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
      return startServer({
        name: "Postgres",
        command: join(programs, "postgres"),
        args,
        options: { ...identity, cwd: "/" },
      });
    },
  });
}

async function findPrograms(): Promise<string> {
  const versions = existsSync(binaryFolders) ? await readdir(binaryFolders) : [];
  const newest = versions
    .filter((version) => existsSync(join(binaryFolders, version, "bin", "initdb")))
    .sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined) return join(binaryFolders, newest, "bin");
  throw new Error(`no Postgres server in ${binaryFolders}: install Debian's package postgresql`);
}

interface Identity {
  uid?: number;
  gid?: number;
}

/** Postgres refuses to run as root. It then runs as the user of Debian's package. */
function serverIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const idOf = (kind: string) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
  try {
    return { uid: idOf("-u"), gid: idOf("-g") };
  } catch (cause) {
    throw new Error(
      "Postgres does not run as root, and there is no user postgres: install Debian's package postgresql",
      {
        cause,
      },
    );
  }
}

async function createCluster(
  programs: string,
  folder: string,
  name: string,
  identity: Identity,
): Promise<void> {
  await rm(folder, { recursive: true, force: true }); // removes the remains of an interrupted start
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwordFile = `${folder}.password`;
  await writeFile(passwordFile, `${name}\n`, { mode: 0o600 });
  try {
    if (identity.uid !== undefined && identity.gid !== undefined) {
      await chown(folder, identity.uid, identity.gid);
      await chown(passwordFile, identity.uid, identity.gid);
    }
    await chmod(folder, 0o700);
    const args = [
      "-D",
      folder,
      "-U",
      name,
      "-A",
      "scram-sha-256",
      "--pwfile",
      passwordFile,
      "-E",
      "UTF8",
      "--locale=C",
    ];
    await runToEnd(join(programs, "initdb"), args, { ...identity, cwd: "/" });
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {}); // the running statement fails with the same error
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function refuseRunningElsewhere(folder: string): Promise<void> {
  const pidFile = join(folder, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(await readFile(pidFile, "utf8"), 10);
  // After a crash the file exists but its process does not. The id may belong to another process by now.
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine) || !(await readFile(commandLine, "utf8")).includes(folder)) return;
  throw new Error(
    `a Postgres with process id ${pid} already runs on ${folder}: end it with kill -INT ${pid}`,
  );
}
