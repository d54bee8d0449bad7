/** A compiled C program of this folder; `undefined` if there is no C compiler. */
export async function compile(name: "floor" | "sleeper") {
  const folder = Deno.makeTempDirSync({ prefix: "senechal-floor-" });
  const program = `${folder}/${name}`;
  const source = new URL(`./${name}.c`, import.meta.url).pathname;
  const cc = new Deno.Command("cc", { args: ["-O2", "-o", program, source] });
  const compiled = await cc.output().catch(() => undefined);
  const dispose = () => Deno.removeSync(folder, { recursive: true });
  if (compiled?.success === true) return { program, [Symbol.dispose]: dispose };
  dispose();
  return undefined;
}

/** Compiles the floor, see `floor.c`; `undefined` if there is no C compiler. */
export async function compileFloor() {
  const compiled = await compile("floor");
  if (compiled === undefined) return undefined;
  const { program } = compiled;
  return {
    /** Runs a plugin `count` times, and returns what one run took in milliseconds. */
    async run(plugin: string, count: number) {
      const { stdout } = await new Deno.Command(program, { args: [plugin, String(count)] })
        .output();
      const [elapsed = NaN, cpu = NaN] = new TextDecoder().decode(stdout).split(" ").map(Number);
      return { elapsedMs: elapsed / count / 1e6, cpuMs: cpu / count / 1e6 };
    },
    [Symbol.dispose]: compiled[Symbol.dispose],
  };
}
