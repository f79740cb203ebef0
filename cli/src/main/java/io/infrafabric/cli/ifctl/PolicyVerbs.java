package io.infrafabric.cli.ifctl;

import com.google.protobuf.Timestamp;
import io.infrafabric.cli.output.Format;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.ErrorCatalog;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.DropShadowPolicyRequest;
import io.infrafabric.governor.v1.GetPolicyRequest;
import io.infrafabric.governor.v1.GetShadowPolicyRequest;
import io.infrafabric.governor.v1.ListPoliciesRequest;
import io.infrafabric.governor.v1.ListPoliciesResponse;
import io.infrafabric.governor.v1.ListPolicyPresetsRequest;
import io.infrafabric.governor.v1.ListViolationsRequest;
import io.infrafabric.governor.v1.ListViolationsResponse;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyPreset;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.RollbackPolicyRequest;
import io.infrafabric.governor.v1.SimulatePolicyRequest;
import io.infrafabric.governor.v1.ValidatePolicyRequest;
import io.infrafabric.governor.v1.ViolationType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The policy. */
@Command(name = "policy", description = "The rules in force: look at them, change them, go back.", synopsisSubcommandLabel = "VERB")
final class PolicyVerbs {
  /** Violations, on the command line. */
  enum Kind {
    CAPABILITY_MATCH,
    COST_PER_TASK,
    CONDITION,
    CONDITION_ERROR,
    SWARMS_PER_TASK,
    DUPLICATE_SWARM,
    NO_SWARM,
    FAILURES;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "get", description = "Show the policy in force, or another revision, with its document.")
  int get(@Parameters(paramLabel = "REVISION", arity = "0..1", defaultValue = "0") long revision) {
    return ifctl.with(
        (clients, out) -> {
          var response = clients.policies().getPolicy(GetPolicyRequest.newBuilder().setRevision(revision).build());
          out.show(response, () -> PolicyTable.of(List.of(response.getPolicy())));
          if (out.format() == Format.TABLE) {
            out.out().println();
            out.out().println(response.getPolicy().getDocument().stripTrailing());
          }
        });
  }

  @Command(name = "apply", description = "Put a document in force as the next revision; refused as a whole when anything is wrong with it.")
  int apply(
      @Parameters(paramLabel = "FILE", description = "YAML; - is standard input.") Path file,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Option(names = "--expect", paramLabel = "REVISION", defaultValue = "0", description = "Only while this revision is in force.") long expected,
      @Mixin RequestId requestId) {
    ApplyPolicyRequest request =
        ApplyPolicyRequest.newBuilder()
            .setRequestId(requestId.value())
            .setPrincipal(principal)
            .setDocument(text(file))
            .setExpectedRevision(expected)
            .build();
    return ifctl.with(
        (clients, out) -> {
          Policy policy = clients.policies().applyPolicy(request).getPolicy();
          out.show(policy, () -> PolicyTable.of(List.of(policy)));
        });
  }

  @Command(name = "validate", description = "Tell everything that is wrong with a document; exit code 2 when anything is.")
  int validate(@Parameters(paramLabel = "FILE", description = "YAML; - is standard input.") Path file) {
    ValidatePolicyRequest request = ValidatePolicyRequest.newBuilder().setDocument(text(file)).build();
    AtomicInteger code = new AtomicInteger();
    int done =
        ifctl.with(
            (clients, out) -> {
              List<PolicyProblem> problems = clients.policies().validatePolicy(request).getProblemsList();
              out.showAll(problems, () -> PolicyTable.problems(problems));
              code.set(problems.isEmpty() ? 0 : ErrorCatalog.traits(ErrorCode.ERROR_CODE_INVALID_ARGUMENT).getExitCode());
            });
    return done == 0 ? code.get() : done;
  }

  @Command(name = "history", description = "List the revisions that are kept, newest first.")
  int history(@Option(names = "--limit", defaultValue = "50", description = "At most; default ${DEFAULT-VALUE}.") int limit) {
    return ifctl.with(
        (clients, out) -> {
          List<Policy> policies = new ArrayList<>();
          ListPoliciesRequest.Builder request = ListPoliciesRequest.newBuilder();
          ListPoliciesResponse page;
          do {
            page = clients.policies().listPolicies(request.setPageSize(Math.clamp(limit - policies.size(), 1, 500)).build());
            policies.addAll(page.getPoliciesList());
            request.setPageToken(page.getNextPageToken());
          } while (!page.getNextPageToken().isEmpty() && policies.size() < limit);
          out.showAll(policies, () -> PolicyTable.of(policies));
        });
  }

  @Command(name = "rollback", description = "Put the document of an earlier revision in force as the next one.")
  int rollback(
      @Parameters(paramLabel = "REVISION") long revision,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Mixin RequestId requestId) {
    RollbackPolicyRequest request =
        RollbackPolicyRequest.newBuilder().setRequestId(requestId.value()).setPrincipal(principal).setRevision(revision).build();
    return ifctl.with(
        (clients, out) -> {
          Policy policy = clients.policies().rollbackPolicy(request).getPolicy();
          out.show(policy, () -> PolicyTable.of(List.of(policy)));
        });
  }

  @Command(name = "shadow", description = "Evaluate a document beside the policy in force, enforcing nothing; without a file, tell what it would have decided otherwise.")
  int shadow(
      @Parameters(paramLabel = "FILE", arity = "0..1", description = "YAML; - is standard input.") Path file,
      @Option(names = "--drop", description = "End it.") boolean drop,
      @Option(names = "--by", paramLabel = "PERSON", defaultValue = "", description = "Needed with FILE and --drop.") String principal,
      @Mixin RequestId requestId) {
    if (drop) {
      DropShadowPolicyRequest request = DropShadowPolicyRequest.newBuilder().setRequestId(requestId.value()).setPrincipal(principal).build();
      return ifctl.with(
          (clients, out) -> {
            var dropped = clients.policies().dropShadowPolicy(request);
            out.show(dropped, () -> PolicyTable.of(dropped.hasPolicy() ? List.of(dropped.getPolicy()) : List.of()));
          });
    }
    if (file != null) {
      ApplyPolicyRequest request =
          ApplyPolicyRequest.newBuilder().setRequestId(requestId.value()).setPrincipal(principal).setDocument(text(file)).setShadow(true).build();
      return ifctl.with(
          (clients, out) -> {
            Policy policy = clients.policies().applyPolicy(request).getPolicy();
            out.show(policy, () -> PolicyTable.of(List.of(policy)));
          });
    }
    return ifctl.with(
        (clients, out) -> {
          var shadow = clients.policies().getShadowPolicy(GetShadowPolicyRequest.getDefaultInstance());
          out.show(shadow, () -> PolicyTable.of(shadow.hasPolicy() ? List.of(shadow.getPolicy()) : List.of()));
          if (out.format() == Format.TABLE && shadow.hasPolicy()) {
            out.out().println();
            PolicyTable.comparison(shadow.getComparison()).lines().forEach(out.out()::println);
            shadow.getComparison().getExamplesList().forEach(out.out()::println);
          }
        });
  }

  @Command(name = "simulate", description = "Make recorded decisions again under a document, an earlier revision, or each one's own, and tell what would have changed.")
  int simulate(
      @Parameters(paramLabel = "FILE", arity = "0..1", description = "YAML; - is standard input.") Path file,
      @Option(names = "--revision", paramLabel = "REVISION", defaultValue = "0", description = "Instead of a file.") long revision,
      @Option(names = "--replay", description = "Each under the revision that it was made under: nothing may change; exit code 1 when anything does.") boolean replay,
      @Option(names = "--from", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "At or after.") Timestamp from,
      @Option(names = "--to", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Before.") Timestamp to,
      @Option(names = "--limit", defaultValue = "0", description = "The newest so many decisions; 100000 at most, and by default.") int limit,
      @Mixin RequestId requestId) {
    SimulatePolicyRequest.Builder request =
        SimulatePolicyRequest.newBuilder().setRequestId(requestId.value()).setRevision(revision).setReplay(replay).setLimit(limit);
    Optional.ofNullable(file).map(PolicyVerbs::text).ifPresent(request::setDocument);
    Optional.ofNullable(from).ifPresent(request::setFrom);
    Optional.ofNullable(to).ifPresent(request::setTo);
    AtomicInteger code = new AtomicInteger();
    int done =
        ifctl.with(
            (clients, out) -> {
              var simulated = clients.policies().simulatePolicy(request.build());
              out.show(simulated, () -> PolicyTable.comparison(simulated.getComparison()));
              if (out.format() == Format.TABLE) {
                simulated.getExamplesList().forEach(out.out()::println);
              }
              code.set(replay && simulated.getChanged() > 0 ? 1 : 0);
            });
    return done == 0 ? code.get() : done;
  }

  @Command(name = "violations", description = "List what went against the policy, newest first; -o jsonl exports it.")
  int violations(
      @Option(names = "--type", description = "${COMPLETION-CANDIDATES}") Kind type,
      @Option(names = "--swarm", defaultValue = "") String swarm,
      @Option(names = "--task", defaultValue = "") String task,
      @Option(names = "--from", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "At or after.") Timestamp from,
      @Option(names = "--to", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Before.") Timestamp to,
      @Option(names = "--limit", defaultValue = "100", description = "At most; default ${DEFAULT-VALUE}.") int limit) {
    ListViolationsRequest.Builder request = ListViolationsRequest.newBuilder().setSwarmId(swarm).setTaskId(task);
    Optional.ofNullable(type).ifPresent(kind -> request.setType(ViolationType.valueOf("VIOLATION_TYPE_" + kind.name())));
    Optional.ofNullable(from).ifPresent(request::setFrom);
    Optional.ofNullable(to).ifPresent(request::setTo);
    return ifctl.with(
        (clients, out) -> {
          List<PolicyViolation> violations = new ArrayList<>();
          ListViolationsResponse page;
          do {
            page = clients.policies().listViolations(request.setPageSize(Math.clamp(limit - violations.size(), 1, 500)).build());
            violations.addAll(page.getViolationsList());
            request.setPageToken(page.getNextPageToken());
          } while (!page.getNextPageToken().isEmpty() && violations.size() < limit);
          out.showAll(violations, () -> PolicyTable.violations(violations));
        });
  }

  @Command(name = "presets", description = "List the presets, or print the document of one, to be applied as it is or after a change.")
  int presets(@Parameters(paramLabel = "PRESET", arity = "0..1", defaultValue = "") String name) {
    return ifctl.with(
        (clients, out) -> {
          List<PolicyPreset> all = clients.policies().listPolicyPresets(ListPolicyPresetsRequest.getDefaultInstance()).getPresetsList();
          if (name.isEmpty()) {
            out.showAll(all, () -> PolicyTable.presets(all));
            return;
          }
          PolicyPreset preset = all.stream().filter(each -> each.getName().equals(name)).findFirst().orElseThrow(() -> unknown(name, all));
          if (out.format() == Format.TABLE) {
            out.out().print(preset.getDocument());
          } else {
            out.show(preset, () -> PolicyTable.presets(List.of(preset)));
          }
        });
  }

  private static RuntimeException unknown(String name, List<PolicyPreset> all) {
    String known = String.join(", ", all.stream().map(PolicyPreset::getName).toList());
    return Refusal.of(ErrorCode.ERROR_CODE_POLICY_NOT_FOUND, "there is no preset \"%s\": %s".formatted(name, known)).asException();
  }

  private static String text(Path file) {
    return new String(Flags.content(file), StandardCharsets.UTF_8);
  }
}
