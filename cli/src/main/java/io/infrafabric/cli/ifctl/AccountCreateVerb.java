package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.StepType;
import io.infrafabric.governor.v1.TierSplit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Opens an account. */
@Command(name = "create", description = "Open an account beneath another, with what it draws at once; or an organisation at the top of a tree.")
final class AccountCreateVerb implements Callable<Integer> {
  /** Kinds of steps, on the command line. */
  enum Step {
    DECISION_POINT,
    ROUTINE,
    TOOL_CALL,
    REASONING;

    StepType proto() {
      return StepType.valueOf("STEP_TYPE_" + name());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** One of them. */
  static final class Budget {
    @Option(names = "--amount", paramLabel = "USD", converter = Flags.MoneyFlag.class, description = "What it draws; nothing when not given.")
    private Money amount;

    @Option(names = "--unlimited", description = "As much as it asks for; only where nothing above has a limit.")
    private boolean unlimited;

    @Option(names = "--split-tier", paramLabel = "1|2", description = "The share of a tier of what its parent has left.")
    private Integer tier;
  }

  @ParentCommand private AccountVerbs accounts;

  @Parameters(paramLabel = "ACCOUNT")
  private String account;

  @Option(names = "--parent", defaultValue = "", paramLabel = "ACCOUNT", description = "The account above; none for an organisation at the top.")
  private String parent;

  @Option(names = "--kind", required = true, description = "${COMPLETION-CANDIDATES}")
  private AccountVerbs.Kind kind;

  @ArgGroup private Budget budget = new Budget();

  @Option(names = "--step", description = "With --split-tier: ${COMPLETION-CANDIDATES}.")
  private Step step;

  @Option(names = "--tool-factor", paramLabel = "THOUSANDTHS", defaultValue = "0", description = "With --split-tier: 1200 to 1400.")
  private int toolFactor;

  @Option(names = "--tokens", description = "How many tokens it may use.")
  private Long tokens;

  @Option(names = "--description", defaultValue = "")
  private String description;

  @Option(names = "--swarm", defaultValue = "", description = "The swarm that does it, beneath its own account.")
  private String swarm;

  @Mixin private RequestId requestId;

  @Override
  public Integer call() {
    CreateAccountRequest.Builder request =
        CreateAccountRequest.newBuilder()
            .setRequestId(requestId.value())
            .setAccountId(account)
            .setParentId(parent)
            .setKind(kind.proto())
            .setDescription(description)
            .setSwarmId(swarm);
    if (budget.amount != null) {
      request.setAmountMicros(budget.amount.micros());
    } else if (budget.unlimited) {
      request.setUnlimited(true);
    } else if (budget.tier != null) {
      TierSplit.Builder split = TierSplit.newBuilder().setFromTier(budget.tier).setToolFactorMillis(toolFactor);
      request.setSplit(step == null ? split : split.setStepType(step.proto()));
    }
    if (tokens != null) {
      request.setTokens(tokens);
    }
    return accounts.ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().createAccount(request.build());
          GetAccountResponse shown = GetAccountResponse.newBuilder().setAccount(response.getAccount()).addAllPath(response.getPathList()).build();
          out.show(response, () -> AccountTable.of(List.of(shown)));
        });
  }
}
