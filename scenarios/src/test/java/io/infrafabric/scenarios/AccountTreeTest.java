package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CloseAccountResponse;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.TransferRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Money goes down a tree of accounts, and work that waits for it goes on when it arrives. */
@ExtendWith(SharedFabric.class)
class AccountTreeTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final long CAP = 100_000;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("drawer");
  private final String org = Unique.id("org");
  private String session;

  @TempDir Path folder;

  AccountTreeTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @BeforeEach
  void plant() {
    client.accounts().createAccount(CreateAccountRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId(org).setKind(AccountKind.ACCOUNT_KIND_ORGANISATION).build());
    client.accounts().grant(GrantRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId(org).setAmountMicros(10 * CAP).build());
    client.register(swarm, 0, 10, skill);
    session = client.open(swarm, Duration.ofMinutes(1));
  }

  private void place(DrawOrder.Builder draw) {
    PlaceAccountRequest.Builder request = PlaceAccountRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId(swarm).setParentId(org);
    client.accounts().placeAccount(draw == null ? request.build() : request.setDraw(draw).build());
  }

  private void transfer(long micros) {
    client.accounts().transfer(TransferRequest.newBuilder().setRequestId(FabricClient.request()).setFromAccountId(org).setToAccountId(swarm).setAmountMicros(micros).build());
  }

  private String submit() {
    String task = Unique.id("paid");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(CAP).build());
    return task;
  }

  private Account account(String id) {
    return client.account(id).getAccount();
  }

  /** A task waits for money and not for a person: when its organisation gives some, the swarm is rung and does it. */
  @Test
  void taskThatWaitsForMoney_isOfferedAndDoneWhenItArrives() {
    place(null);
    try (OfferWatch offers = OfferWatch.open(client.coordinator(), swarm, session, 0, 100)) {
      String task = submit();
      assertThat(Refused.by(() -> client.claim(task, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
      transfer(CAP);
      await().atMost(SOON).until(() -> offers.tasks().contains(task));
      Claim claim = client.claim(task, swarm, session);
      client.complete(claim, "done", 60_000);
      await().atMost(SOON).until(() -> account(swarm).getSettledMicros() == 60_000);
    }
    assertThat(account(swarm).getCreditMicros()).isEqualTo(40_000);
    assertThat(account(org).getCreditMicros()).isEqualTo(9 * CAP);
    CloseAccountResponse closed = client.accounts().closeAccount(CloseAccountRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId(org).build());
    assertThat(closed.getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSED);
    assertThat(account(swarm).getCreditMicros()).isZero();
    assertThat(account(org).getSpentBelowMicros()).isEqualTo(60_000);
  }

  /** A swarm with an order draws by itself: it works on as long as its organisation has money, and not a micro-dollar longer. */
  @Test
  void swarmThatDraws_worksUntilItsOrganisationHasNothing() {
    place(DrawOrder.newBuilder().setBelowMicros(CAP - 1).setAmountMicros(2 * CAP));
    for (int i = 0; i < 10; i++) {
      String task = submit();
      await().atMost(SOON).until(() -> account(swarm).getCreditMicros() - client.account(swarm).getCommittedMicros() >= CAP);
      client.complete(client.claim(task, swarm, session), "done", i < 9 ? CAP : CAP - 1);
    }
    await().atMost(SOON).until(() -> account(swarm).getSettledMicros() == 10 * CAP - 1);
    String last = submit();
    assertThat(Refused.by(() -> client.claim(last, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    assertThat(account(org).getCreditMicros()).isZero();
    assertThat(account(org).getAllottedMicros()).isEqualTo(10 * CAP);
  }

  @Test
  void commandLine_opensChargesTellsAndCloses() throws Exception {
    place(null);
    transfer(CAP);
    String run = Unique.id("run");
    CreateAccountResponse.Builder opened = CreateAccountResponse.newBuilder();
    JsonFormat.parser().merge(ifctl(0, "account", "create", run, "--parent", swarm, "--kind", "run", "--amount", "0.05", "-o", "json"), opened);
    assertThat(opened.getPathList()).containsExactly(org, swarm, run);
    ChargeResponse.Builder charged = ChargeResponse.newBuilder();
    JsonFormat.parser()
        .merge(ifctl(0, "account", "charge", run, "--model", "haiku", "--input", "1000", "--output-tokens", "100", "--request-id", run + "-c", "-o", "json"), charged);
    assertThat(charged.getAmountMicros()).isEqualTo(375);
    assertThat(ifctl(0, "account", "refund", run, run + "-c", "0.000075", "-o", "jsonl").trim()).contains("\"refundedMicros\":\"75\"").doesNotContain("\n");
    assertThat(ifctl(5, "account", "charge", run, "0.06")).isEmpty();
    assertThat(ifctl(0, "budget", "tree", org)).contains(org + "/" + swarm + "/" + run, "$0.0497");
    GetForecastResponse.Builder forecast = GetForecastResponse.newBuilder();
    JsonFormat.parser().merge(ifctl(0, "budget", "forecast", org, "-o", "json"), forecast);
    assertThat(forecast.getSpentMicros()).isEqualTo(300);
    assertThat(forecast.getUnknownBecause()).contains("less than a minute");
    assertThat(ifctl(3, "account", "place", org, org)).isEmpty();
    assertThat(ifctl(6, "account", "close", Unique.id("nobody"))).isEmpty();
    assertThat(ifctl(0, "account", "close", run)).contains("closed");
    assertThat(account(swarm).getCreditMicros()).isEqualTo(CAP - 300);
    assertThat(ifctl(0, "budget", "prices", "haiku")).contains("haiku", "$0.25", "$1.25");
  }

  private String ifctl(int exit, String... arguments) throws Exception {
    Ifctl.Result result = new Ifctl(fabric).call(Files.writeString(folder.resolve("nothing"), ""), arguments);
    assertThat(result.exitCode()).as("%s: %s", String.join(" ", arguments), result.talk()).isEqualTo(exit);
    return result.out();
  }
}
