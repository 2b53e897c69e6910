// What every client here does: list all there is, call every tool it is told, and say what came back.

/** Every page of a list. */
async function all(ask, key) {
  const found = [];
  let cursor;
  do {
    const page = await ask(cursor === undefined ? undefined : { cursor });
    found.push(...page[key]);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

/** Hold the conversation and print it. A client whose own checks fail ends with a trace, and its test with it. */
export async function converse(client, plan) {
  const said = {
    server: client.getServerVersion()?.name,
    protocol: client.getNegotiatedProtocolVersion?.(),
    tools: (await all((page) => client.listTools(page), "tools")).map((tool) => tool.name),
    resources: (await all((page) => client.listResources(page), "resources")).map((resource) => resource.uri),
    templates: (await all((page) => client.listResourceTemplates(page), "resourceTemplates")).map((each) => each.name),
    prompts: client.getServerCapabilities()?.prompts
      ? (await all((page) => client.listPrompts(page), "prompts")).map((prompt) => prompt.name)
      : [],
    read: [],
    calls: [],
  };
  for (const uri of said.resources.slice(0, 3)) {
    said.read.push((await client.readResource({ uri })).contents.length);
  }
  for (const [name, args] of plan.calls) {
    const result = await client.callTool({ name, arguments: args });
    said.calls.push([name, Boolean(result.isError), result.content[0].text, result.structuredContent ?? null]);
  }
  console.log(JSON.stringify(said));
}

/** The plan that the test wrote: which transport, and what to call. */
export async function planned() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}
