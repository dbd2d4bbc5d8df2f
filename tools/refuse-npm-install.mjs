/** The workspace's links are pnpm's; an `npm install` would seem to work and leave them out. */
const agent = process.env.npm_config_user_agent ?? "";
if (!agent.startsWith("pnpm/")) {
  console.error(
    "This workspace is installed by pnpm: run `npm run setup` (it needs only Node and npm), or `pnpm install`.",
  );
  process.exit(1);
}
