package io.infrafabric.governor.escalation;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.names.EscalationId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Why a person must decide.
 *
 * @param id made of what the cause is, so that it is one escalation however often it is seen
 * @param about what it concerns; absent ids are empty
 * @param reason a sentence
 * @param evidence what is known, a line each
 * @param returns whether it may come back after it had gone
 */
record Cause(EscalationId id, EscalationType type, About about, String reason, List<String> evidence, boolean returns, TraceContext trace) {
  private static final int ID_BYTES = 12;
  private static final int REASON_CHARACTERS = 1_024;
  private static final int EVIDENCE_CHARACTERS = 512;
  private static final int EVIDENCE_LINES = 16;

  /** The ids that a cause concerns. */
  record About(String subject, String swarm, String task, String blocker, String plan, String capability) {
    About(String subject, String swarm, String task, String blocker, String plan) {
      this(subject, swarm, task, blocker, plan, "");
    }

    static About capability(String swarm, String capability) {
      return new About(swarm, swarm, "", "", "", capability);
    }

    static About swarm(String swarm) {
      return new About(swarm, swarm, "", "", "");
    }

    static About task(String task) {
      return new About(task, "", task, "", "");
    }
  }

  /** Cuts what is too long. */
  Cause {
    reason = cut(reason, REASON_CHARACTERS);
    evidence = evidence.stream().filter(line -> !line.isBlank()).limit(EVIDENCE_LINES).map(line -> cut(line, EVIDENCE_CHARACTERS)).toList();
  }

  /** An id made of the parts, none of which has a line break. */
  static EscalationId id(String kind, String... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest((kind + "\n" + String.join("\n", parts)).getBytes(StandardCharsets.UTF_8));
      return new EscalationId(kind + "-" + HexFormat.of().formatHex(hash, 0, ID_BYTES));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String cut(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters - 3) + "...";
  }
}
