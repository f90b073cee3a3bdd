// The list with Apollo Server as its documentation starts it.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { port, resolvers, schema } from "./list.mjs";

const server = new ApolloServer({ typeDefs: schema, resolvers });
await startStandaloneServer(server, { listen: { port: Number(port), host: "127.0.0.1" } });
console.log("ready");
