package io.infrafabric.cli.ifctl;

import com.google.gson.JsonObject;
import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.infrafabric.access.Role;
import io.infrafabric.cli.output.Output;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.kit.auth.TokenFile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Keys and tokens; needs no fabric, and is best done where none runs. */
@Command(
    name = "token",
    description = "Make keys, and tokens of them; needs no fabric.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {TokenVerbs.KeygenVerb.class, TokenVerbs.IssueVerb.class, TokenVerbs.RevokeVerb.class})
final class TokenVerbs {
  @ParentCommand private IfctlCommand ifctl;

  private static Role role(String word) {
    return Role.of(word)
        .orElseThrow(() -> usage("%s is no role; one of %s".formatted(word, List.of(Role.values()).stream().map(Role::word).toList())));
  }

  private static RuntimeException usage(String message) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, message).asException();
  }

  /** What a key or a token makes of its arguments, with its reasons as refusals. */
  private static <T> T said(Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException wrong) {
      throw usage(wrong.getMessage());
    }
  }

  private static void show(Output out, String name, String value) {
    JsonObject line = new JsonObject();
    line.addProperty(name, value);
    out.next(line, () -> value);
  }

  /** Makes a key. */
  @Command(
      name = "keygen",
      description = {
        "Make a key that signs tokens. The private half goes to a new file that its user alone can read; the line that is printed belongs into",
        "the file of trusted keys (auth-keys) of every service:",
        "",
        "  ifctl token keygen --id people-1 --out people-1.pem >> trusted.keys",
        "  ifctl token keygen --id services-1 --role service --out services-1.pem >> trusted.keys",
        ""
      })
  static final class KeygenVerb implements Callable<Integer> {
    @ParentCommand private TokenVerbs token;

    @Option(names = "--id", required = true, paramLabel = "KEY", description = "Names the key in tokens; a new one for each key.")
    private String id;

    @Option(names = "--role", split = ",", paramLabel = "ROLE", description = "What its tokens may give: swarm, operator, admin and readonly by default.")
    private List<String> roles;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the private key goes.")
    private Path file;

    @Override
    public Integer call() {
      Set<Role> given = EnumSet.complementOf(EnumSet.of(Role.SERVICE));
      if (roles != null) {
        given = EnumSet.noneOf(Role.class);
        for (String word : roles) {
          given.add(role(word));
        }
      }
      Set<Role> all = given;
      String line = said(() -> SigningKey.generate(id, all, file));
      token.ifctl.show(out -> TokenVerbs.show(out, "trusted", line));
      return 0;
    }
  }

  /** Signs a token. */
  @Command(
      name = "issue",
      description = {
        "Sign a token and print it. It is a secret for as long as it lives:", "", "  ifctl token issue --key people-1.pem --swarm s-1 --ttl 1h > s-1.token", ""
      })
  static final class IssueVerb implements Callable<Integer> {
    @ParentCommand private TokenVerbs token;

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "The private key.")
    private Path key;

    @ArgGroup(multiplicity = "1")
    private Subject subject;

    @Option(names = "--ttl", converter = Flags.SpanFlag.class, paramLabel = "SPAN", defaultValue = "15m", description = "How long it lives, at most 1h (default ${DEFAULT-VALUE}).")
    private Duration ttl;

    @Option(names = "--audience", defaultValue = "infrafabric", paramLabel = "FABRIC", description = "auth-audience of the services (default ${DEFAULT-VALUE}).")
    private String audience;

    /** Whom it is for. */
    static final class Subject {
      @Option(names = "--swarm", required = true, paramLabel = "SWARM", description = "For a swarm.")
      private String swarm;

      @ArgGroup(exclusive = false)
      private Named named;
    }

    /** A person or program. */
    static final class Named {
      @Option(names = "--principal", required = true, paramLabel = "NAME", description = "For a person or program.")
      private String principal;

      @Option(names = "--role", required = true, paramLabel = "ROLE", description = "operator, admin, readonly or service.")
      private String role;
    }

    @Override
    public Integer call() {
      java.time.Duration life = java.time.Duration.ofMillis(Durations.toMillis(ttl));
      if (life.toSeconds() < 1 || life.compareTo(AuthSettings.LONGEST) > 0) {
        throw usage("--ttl is 1s to 1h");
      }
      boolean swarm = subject.named == null;
      Role role = swarm ? Role.SWARM : role(subject.named.role);
      if (!swarm && role == Role.SWARM) {
        throw usage("a token of a swarm is issued with --swarm");
      }
      String name = swarm ? subject.swarm : subject.named.principal;
      String issued = said(() -> SigningKey.read(key).issue(name, role, audience, Instant.now(), life));
      token.ifctl.show(out -> TokenVerbs.show(out, "token", issued));
      return 0;
    }
  }

  /** Tells which token it is. */
  @Command(
      name = "revoke",
      description = {
        "Print the line that revokes a token before it ends; it belongs into the file of revoked tokens (auth-revoked) of every service:",
        "",
        "  ifctl token revoke s-1.token >> revoked.tokens",
        ""
      })
  static final class RevokeVerb implements Callable<Integer> {
    @ParentCommand private TokenVerbs token;

    @Parameters(paramLabel = "FILE", description = "A file with the token.")
    private Path file;

    @Override
    public Integer call() {
      String line = said(() -> RevokedTokens.line(new TokenFile(file).get().orElseThrow(() -> new IllegalArgumentException(file + " has no token"))));
      token.ifctl.show(out -> TokenVerbs.show(out, "revoked", line));
      return 0;
    }
  }
}
