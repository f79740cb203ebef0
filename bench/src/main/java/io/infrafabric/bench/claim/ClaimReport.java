package io.infrafabric.bench.claim;

import io.infrafabric.bench.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints the figures as they come, or all of them as one JSON object at the end. */
final class ClaimReport {
  private final String etcd;
  private final String nats;
  private final boolean json;
  private final List<String> objects = new ArrayList<>();
  private boolean headed;

  ClaimReport(String etcd, String nats, boolean json) {
    this.etcd = etcd;
    this.nats = nats;
    this.json = json;
  }

  /** Tasks that came in at a steady rate. */
  void atWork(int swarms, int rate, Work.Result work, Samples raw, String cpu) {
    text("%d swarms at work, %d tasks/s come in and are completed", swarms, rate);
    text("    claim over gRPC       %s", work.claims().line());
    text("    raw etcd transaction  %s", raw.line());
    text("    submit to claimed     %s   %d calls lost to another swarm, %d tasks undone", work.waits().line(), work.lost(), work.unfinished());
    text("    CPU a task: %s", cpu);
    objects.add(
        "{\"swarms\":%d,\"tasksPerSecond\":%d,\"claim\":%s,\"raw\":%s,\"submitToClaimed\":%s,\"lost\":%d,\"undone\":%d}"
            .formatted(swarms, rate, work.claims().json(), raw.json(), work.waits().json(), work.lost(), work.unfinished()));
  }

  /** Callers that claim without a pause. */
  void withoutPause(int callers, Samples claims, Samples raw, String cpu) {
    double ratio = claims.perSecond() / raw.perSecond();
    text("%d callers without a pause", callers);
    text("    claim over gRPC       %s", claims.line());
    text("    raw etcd transaction  %s   ratio %.2fx", raw.line(), ratio);
    text("    CPU a claim: %s", cpu);
    objects.add(
        String.format(Locale.ROOT, "{\"callers\":%d,\"claim\":%s,\"raw\":%s,\"ratio\":%.3f}", callers, claims.json(), raw.json(), ratio));
  }

  private void text(String format, Object... values) {
    if (!json) {
      if (!headed) {
        headed = true;
        System.out.printf("etcd %s, NATS %s, Java %s, %d cores%n", etcd, nats, Runtime.version(), Runtime.getRuntime().availableProcessors());
      }
      System.out.println(String.format(Locale.ROOT, format, values));
    }
  }

  void end() {
    if (json) {
      System.out.printf("{\"etcd\":\"%s\",\"nats\":\"%s\",\"figures\":[%s]}%n", etcd, nats, String.join(",", objects));
    }
  }
}
