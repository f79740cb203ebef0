package io.infrafabric.bench.claim;

import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tells the figures as they come, and keeps them for the object at the end. */
final class ClaimReport {
  /** At 256 callers: how many times the rate of raw transactions, by etcd's version. */
  private static final double AIM_OLD = 12;

  private static final double AIM_NEW = 1.5;

  /** At one caller: how many times the latency of a raw transaction. */
  private static final double AIM_ALONE = 2;

  private final String etcd;
  private final String nats;
  private final Talk talk;
  private final List<String> objects = new ArrayList<>();
  private Double at256;

  ClaimReport(String etcd, String nats, Talk talk) {
    this.etcd = etcd;
    this.nats = nats;
    this.talk = talk;
    talk.line("claims; etcd %s, NATS %s", etcd, nats);
  }

  /** Tasks that came in at a steady rate. */
  void atWork(int swarms, int rate, Work.Result work, Samples raw, String cpu) {
    talk.line("%d swarms at work, %d tasks/s come in and are completed", swarms, rate);
    talk.line("    claim over gRPC       %s", work.claims().line());
    talk.line("    raw etcd transaction  %s", raw.line());
    talk.line("    submit to claimed     %s   %d calls lost to another swarm, %d tasks undone", work.waits().line(), work.lost(), work.unfinished());
    talk.line("    CPU a task: %s", cpu);
    objects.add(
        "{\"swarms\":%d,\"tasksPerSecond\":%d,\"claim\":%s,\"raw\":%s,\"submitToClaimed\":%s,\"lost\":%d,\"undone\":%d}"
            .formatted(swarms, rate, work.claims().json(), raw.json(), work.waits().json(), work.lost(), work.unfinished()));
  }

  /** Callers that claim without a pause. */
  void withoutPause(int callers, Samples claims, Samples raw, String cpu) {
    double ratio = claims.perSecond() / raw.perSecond();
    talk.line("%d callers without a pause", callers);
    talk.line("    claim over gRPC       %s", claims.line());
    talk.line("    raw etcd transaction  %s   ratio %.2fx", raw.line(), ratio);
    talk.line("    CPU a claim: %s", cpu);
    if (callers == 1) {
      double slower = claims.percentileMillis(50) / raw.percentileMillis(50);
      talk.aim(String.format(Locale.ROOT, "at 1 at most twice the raw latency (%.2fx)", slower), slower <= AIM_ALONE);
    }
    if (callers == 256) {
      at256 = ratio;
      talk.aim(String.format(Locale.ROOT, "at 256 at least %.1fx the raw rate (%.2fx)", aimAt256(), ratio), ratio >= aimAt256());
      talk.aim("at 256 p95 below raw", claims.percentileMillis(95) < raw.percentileMillis(95));
    }
    objects.add(
        String.format(Locale.ROOT, "{\"callers\":%d,\"claim\":%s,\"raw\":%s,\"ratio\":%.3f}", callers, claims.json(), raw.json(), ratio));
  }

  private double aimAt256() {
    return etcd.startsWith("3.4.") ? AIM_OLD : AIM_NEW;
  }

  /** Members of the object of the whole run. */
  List<String> members() {
    List<String> members = new ArrayList<>();
    members.add("\"etcd\":\"%s\",\"nats\":\"%s\"".formatted(etcd, nats));
    if (at256 != null) {
      members.add(String.format(Locale.ROOT, "\"claims256VsRaw\":%.3f", at256));
    }
    members.add("\"figures\":[" + String.join(",", objects) + "]");
    return members;
  }
}
