package io.infrafabric.cli.demo.swarm;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The dependent tasks: seven lanes of ten phases. A phase needs the one before it in its lane, and every third one also that
 * of the next lane. The tasks of a lane need one skill, which three of the seven swarms have.
 */
public final class LanePlan {
  /** Lanes, and swarms. */
  public static final int LANES = 7;

  /** Phases of a lane. */
  public static final int PHASES = 10;

  /** What one claim of a task may cost: two cents. */
  public static final long CAP_MICROS = 20_000;

  /** What every task is labelled with. */
  static final Map<String, String> LABELS = Map.of("demo", "lanes");

  private static final List<String> SKILLS =
      List.of("code:parse", "code:review", "docs:write", "test:unit", "security:audit", "data:clean", "ops:deploy");
  private static final int SWARMS_PER_SKILL = 3;
  private static final int CROSSING = 3;
  private static final int ATTEMPTS = 8;

  private LanePlan() {}

  /** All tasks, a lane after the other. */
  public static List<TaskSpec> specs() {
    List<TaskSpec> specs = new ArrayList<>();
    for (int lane = 1; lane <= LANES; lane++) {
      for (int phase = 1; phase <= PHASES; phase++) {
        specs.add(spec(lane, phase));
      }
    }
    return specs;
  }

  /** What the swarm of that number, from 1, can do. */
  public static List<String> skills(int swarm) {
    List<String> skills = new ArrayList<>();
    for (int i = 0; i < SWARMS_PER_SKILL; i++) {
      skills.add(SKILLS.get((swarm - 1 + i) % LANES));
    }
    return skills;
  }

  private static TaskSpec spec(int lane, int phase) {
    return TaskSpec.newBuilder()
        .setTaskId(id(lane, phase))
        .addRequiredCapabilities(SKILLS.get(lane - 1))
        .setPriority(phase == PHASES ? Priority.PRIORITY_HIGH : Priority.PRIORITY_MEDIUM)
        .setPayload(ByteString.copyFromUtf8("phase %d of lane %d".formatted(phase, lane)))
        .setMaxCostMicros(CAP_MICROS)
        .addAllDependsOn(needs(lane, phase))
        .setMaxAttempts(ATTEMPTS)
        .setRetryBackoff(Durations.fromMillis(50))
        .putAllLabels(LABELS)
        .build();
  }

  private static List<String> needs(int lane, int phase) {
    List<String> needs = new ArrayList<>();
    if (phase > 1) {
      needs.add(id(lane, phase - 1));
      if (phase % CROSSING == 0) {
        needs.add(id(lane % LANES + 1, phase - 1));
      }
    }
    return needs;
  }

  private static String id(int lane, int phase) {
    return "lane-%d-phase-%02d".formatted(lane, phase);
  }
}
