// Ends a run of Vitest with the line that ./dev counts: "N passed, M failed". Skipped tests are neither.
export default class Counts {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const before = passed + failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed') failed += 1;
      }
      // A file that does not even load has no test that fails.
      if (module.state() === 'failed' && passed + failed === before) failed += 1;
    }
    console.log(`${passed} passed, ${failed} failed`);
  }
}
