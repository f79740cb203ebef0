/** Side-by-side benchmarks: every figure stands beside a baseline of the same run; none is a test. */
package io.infrafabric.bench;
