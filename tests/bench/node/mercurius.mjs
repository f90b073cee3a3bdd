// The list with Mercurius, compiled by graphql-jit from the first request on.
import Fastify from "fastify";
import mercurius from "mercurius";
import { port, resolvers, schema } from "./list.mjs";

const app = Fastify();
app.register(mercurius, { schema, resolvers, jit: 1 });
await app.listen({ port: Number(port), host: "127.0.0.1" });
console.log("ready");
