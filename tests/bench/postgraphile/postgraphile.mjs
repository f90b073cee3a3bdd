// The list as PostGraphile makes it of the table by itself, with the caches that it keeps.
import http from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";

const [, , port, url] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 16 });
const options = { disableQueryLog: true, graphiql: false, ignoreRBAC: true, dynamicJson: true };
const server = http.createServer(postgraphile(pool, "public", options));
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
