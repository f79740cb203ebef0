package io.infrafabric.bench;

import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServerProcess;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** CPU time of every process of a fabric, and of this one, as the operating system counts it. */
public final class CpuMeter {
  private final Map<String, ProcessHandle> processes = new LinkedHashMap<>();
  private final Map<String, Duration> used = new LinkedHashMap<>();
  private long operations;

  /** What each has used since it began. */
  public record Reading(Map<String, Duration> cpu) {
    /** Of all together. */
    public Duration total() {
      return cpu.values().stream().reduce(Duration.ZERO, Duration::plus);
    }

    /** What one has used since an earlier reading. */
    public Duration since(Reading earlier, String name) {
      return cpu.getOrDefault(name, Duration.ZERO).minus(earlier.cpu.getOrDefault(name, Duration.ZERO));
    }
  }

  public CpuMeter(LocalFabric fabric) {
    for (ServerProcess process : fabric.processes()) {
      ProcessHandle.of(process.pid()).ifPresent(handle -> processes.put(process.name(), handle));
    }
    processes.put("client", ProcessHandle.current());
  }

  public Reading read() {
    Map<String, Duration> cpu = new LinkedHashMap<>();
    processes.forEach((name, process) -> process.info().totalCpuDuration().ifPresent(each -> cpu.put(name, each)));
    return new Reading(cpu);
  }

  /** Counts what was used since the reading for so many operations. */
  public void add(Reading before, long done) {
    read().cpu().forEach((name, now) -> used.merge(name, now.minus(before.cpu().getOrDefault(name, Duration.ZERO)), Duration::plus));
    operations += done;
  }

  /** {@code coordinator 120 + etcd 60 = 180 us}: what one operation cost since the last line. */
  public String line() {
    Map<String, Double> micros = new LinkedHashMap<>();
    used.forEach((name, cpu) -> micros.put(name, cpu.toNanos() / 1e3 / Math.max(1, operations)));
    used.clear();
    operations = 0;
    String parts = micros.entrySet().stream().map(each -> String.format(Locale.ROOT, "%s %.0f", each.getKey(), each.getValue())).collect(Collectors.joining(" + "));
    return String.format(Locale.ROOT, "%s = %.0f us", parts, micros.values().stream().mapToDouble(Double::doubleValue).sum());
  }
}
