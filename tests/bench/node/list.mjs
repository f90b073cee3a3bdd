// What both servers share: the schema, and the plane's own statement on the same table.
import pg from "pg";

const [, , port, url, tenant, project] = process.argv;

export { port };

export const pool = new pg.Pool({ connectionString: url, max: 16 });

export const schema = `
  type Query { instances(first: Int!): InstanceConnection! }
  type InstanceConnection { edges: [InstanceEdge!]! pageInfo: PageInfo! }
  type InstanceEdge { node: Instance! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Instance {
    id: ID!
    name: String!
    state: String!
    wish: String!
    package: String!
    softwareVersion: String!
    topology: String!
    createdAt: String!
  }
`;

const text = process.env.LIST_STATEMENT;

function instance(row) {
  return {
    id: row.id,
    name: row.name,
    state: row.state.toUpperCase(),
    wish: row.wish.toUpperCase(),
    package: row.package,
    softwareVersion: row.software_version,
    topology: row.topology,
    createdAt: new Date(Number(row.created_at) / 1000).toISOString(),
  };
}

export const resolvers = {
  Query: {
    async instances(_, { first }) {
      const asked = { name: "list", text, values: [tenant, project, first + 1] };
      const { rows } = await pool.query(asked);
      const edges = rows.slice(0, first).map((row) => ({ node: instance(row) }));
      const endCursor = edges.at(-1)?.node.id ?? null;
      return { edges, pageInfo: { hasNextPage: rows.length > first, endCursor } };
    },
  },
};
