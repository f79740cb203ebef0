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

  @Test
  void accessPage_saysWhatTheTableSays() {
    String rows = AccessTable.rows().entrySet().stream().map(AccessPageTest::row).collect(Collectors.joining());
    GeneratedPage.check("access.md", HEAD + rows, AccessPageTest.class);
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
