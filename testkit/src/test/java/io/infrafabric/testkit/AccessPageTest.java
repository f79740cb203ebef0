package io.infrafabric.testkit;

import io.infrafabric.access.Access;
import io.infrafabric.access.AccessTable;
import io.infrafabric.access.Role;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/reference/access.md is made of the table of access. */
class AccessPageTest {
  private static final String HEAD =
      """
      # Who may call what

      Generated from `AccessTable`; do not edit. Where tokens are required, the role of the token must be among those of the method. For a swarm the field under
      *itself* must be the swarm of the token; for everybody but services the field under *in whose name* is empty or whom the token names. Urgent calls are
      counted apart, so that a swarm that asks too much can still end what it holds. How to: [authentication](../how-to/authentication.md).

      | method | roles | itself | in whose name | urgent |
      |---|---|---|---|---|
      """;

  private static final String TAIL =
      """

      ## What a swarm sees that is not its own
      Two doors are open to a swarm that name no swarm.

      **`GetTask`** tells a swarm of any task whose id it knows, and how much is decided by `PrivacyRules`, by what etcd says now
      ([ADR 18](../adr/0018-a-swarm-sees-of-a-task-what-it-needs.md)). The answer says it: `sight`.

      | `sight` | who | sees |
      |---|---|---|
      | `TASK_SIGHT_WHOLE` | the swarm that holds the task now, parked or not; every caller that is no swarm | all of it |
      | `TASK_SIGHT_SPEC` | the swarm that it was offered to by hand (`OfferTask`), while it is kept for it; one that it names in `approver_swarm_ids`, while it waits to be approved | what everybody sees, and the specification with the payload |
      | `TASK_SIGHT_RESULT` | a swarm that holds now a task that depends on it, or one of the phase right after its own, or that it helps as help with a blocker | what everybody sees, and the result |
      | `TASK_SIGHT_OUTSIDE` | every other swarm | id, required capabilities, priority, when it was made, the number of attempts, the state with its time and who has it or had it, and the swarm's own attempts |

      So nobody else sees a fence, claim id, request id, checkpoint, note, payload, result, label, cost or reason of a swarm; nor the revision, which
      of a task that was just claimed is the fence. An offer that rings on NATS opens nothing: claiming does. Nor does naming a task in
      `waits_for_task_ids` of a blocker.

      **`GetObject`** gives whoever knows the digest the content: 256 bits that nobody can guess, and that only tells who is told the payload or
      result that names them.

      Everything else that reads (`ListTasks`, `WatchTasks`, `ExplainTask`, `GetPlan`, `ReducePlan`, ...) is not for swarms, or answers about the
      swarm of the token alone (`ListClaims`, `ListBlockers`, `GetSession`, `GetAccount`, ...). A claim that is refused says who has the task.
      """;

  @Test
  void accessPage_saysWhatTheTableSays() {
    String rows = AccessTable.rows().entrySet().stream().map(AccessPageTest::row).collect(Collectors.joining());
    GeneratedPage.check("access.md", HEAD + rows + TAIL, AccessPageTest.class);
  }

  private static String row(Map.Entry<String, Access> row) {
    Access access = row.getValue();
    String roles = access.open() ? "anybody" : access.roles().stream().sorted().map(Role::word).collect(Collectors.joining(", "));
    return "| `%s` | %s | %s | %s | %s |\n"
        .formatted(
            row.getKey().replace("infrafabric.", ""),
            roles,
            access.own().map(field -> "`" + field + "`").orElse(""),
            access.by().map(field -> "`" + field + "`").orElse(""),
            access.urgent() && !access.open() ? "yes" : "");
  }
}
