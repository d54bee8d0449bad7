/** The floor in C: see `floor.c`. */
const SOURCE = new URL("./floor.c", import.meta.url).pathname;

/** Compiles the floor; `undefined` if there is no C compiler. */
export async function compileFloor() {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-floor-" });
  const program = `${folder}/floor`;
  const compile = new Deno.Command("cc", { args: ["-O2", "-o", program, SOURCE] });
  const compiled = await compile.output().catch(() => undefined);
  if (compiled?.success !== true) {
    Deno.removeSync(folder, { recursive: true });
    return undefined;
  }
  return {
    /** Runs a plugin `count` times, and returns what one run took in milliseconds. */
    async run(plugin: string, count: number) {
      const { stdout } = await new Deno.Command(program, { args: [plugin, String(count)] })
        .output();
      const [elapsed = NaN, cpu = NaN] = new TextDecoder().decode(stdout).split(" ").map(Number);
      return { elapsedMs: elapsed / count / 1e6, cpuMs: cpu / count / 1e6 };
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}
