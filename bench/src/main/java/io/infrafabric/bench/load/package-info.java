/** What several benchmarks put a fabric under: many at once, tasks that wait, swarms that claim them. */
package io.infrafabric.bench.load;
