package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.GrantEntry;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tree of accounts, revision by revision: what adds up is not accused, what does not is. */
class MoneyRulesTest {
  private static final Keys KEYS = new Keys();

  private final List<Version> written = new ArrayList<>();
  private long revision = 1;

  private static Account.Builder account(String id, String parent, AccountKind kind, long granted, long drawn, long spent, long below, long allotted) {
    return Account.newBuilder()
        .setAccountId(id)
        .setParentId(parent)
        .setKind(kind)
        .setGrantedMicros(granted)
        .setDrawnMicros(drawn)
        .setSettledMicros(spent)
        .setSpentBelowMicros(below)
        .setAllottedMicros(allotted)
        .setCreditMicros(granted - spent - below - allotted);
  }

  private static Account.Builder acme(long granted, long below, long allotted) {
    return account("acme", "", AccountKind.ACCOUNT_KIND_ORGANISATION, granted, 0, 0, below, allotted);
  }

  private static Account.Builder run(long granted, long spent) {
    return account("run", "acme", AccountKind.ACCOUNT_KIND_RUN, granted, granted, spent, 0, 0);
  }

  private MoneyRulesTest put(Account.Builder account) {
    return put(KEYS.account(new SwarmId(account.getAccountId())), Optional.of(account.build().toByteString()));
  }

  private MoneyRulesTest put(String key, Optional<ByteString> value) {
    written.add(new Version(revision + 1, key, value));
    return this;
  }

  private MoneyRulesTest gone(String id) {
    return put(KEYS.account(new SwarmId(id)), Optional.empty());
  }

  private MoneyRulesTest line(String account, String request, AccountOperation operation, long micros, long outside) {
    LedgerLine line = LedgerLine.newBuilder().setAccountId(account).setRequestId(request).setOperation(operation).setAmountMicros(micros).setOutsideMicros(outside).build();
    return put(KEYS.ledger(new SwarmId(account), request), Optional.of(line.toByteString()));
  }

  private void commit() {
    revision++;
  }

  private void plant() {
    put(acme(100, 0, 0)).line("acme", "o", AccountOperation.ACCOUNT_OPERATION_OPENED, 100, 100).commit();
    put(acme(100, 0, 40).setChildren(1)).put(run(40, 0)).line("run", "o", AccountOperation.ACCOUNT_OPERATION_OPENED, 40, 0).commit();
  }

  private List<Violation> found() {
    return MoneyRules.judge(KEYS, written);
  }

  @Test
  void wholeLife_isNotAccused() {
    plant();
    put(run(40, 7)).line("run", "c", AccountOperation.ACCOUNT_OPERATION_CHARGED, 7, 0).commit();
    put(run(40, 5)).line("run", "f", AccountOperation.ACCOUNT_OPERATION_REFUNDED, 2, 0).line("run", "c", AccountOperation.ACCOUNT_OPERATION_CHARGED, 7, 0).commit();
    put(acme(100, 5, 0)).gone("run").line("run", "k", AccountOperation.ACCOUNT_OPERATION_CLOSED, 35, 0).commit();
    put(acme(5, 5, 0)).line("acme", "k", AccountOperation.ACCOUNT_OPERATION_CLOSED, 95, -95).commit();
    assertThat(found()).isEmpty();
  }

  @Test
  void swarmThatIsGrantedAndPlaced_isNotAccused() {
    plant();
    Account.Builder swarm = account("s", "", AccountKind.ACCOUNT_KIND_SWARM, 0, 0, 0, 0, 0);
    put(swarm).commit();
    GrantEntry grant = GrantEntry.newBuilder().setRequestId("g").setAmountMicros(9).build();
    put(account("s", "", AccountKind.ACCOUNT_KIND_SWARM, 9, 0, 0, 0, 0).addGrants(grant)).commit();
    put(account("s", "", AccountKind.ACCOUNT_KIND_SWARM, 9, 0, 4, 0, 0).addGrants(grant)).commit();
    put(account("s", "acme", AccountKind.ACCOUNT_KIND_SWARM, 9, 0, 4, 0, 0).addGrants(grant)).put(acme(100, 0, 40).setChildren(2)).commit();
    assertThat(found()).isEmpty();
  }

  @Test
  void moneyFromNowhere_isFound() {
    plant();
    put(acme(101, 0, 40).setChildren(1)).commit();
    assertThat(found()).singleElement().satisfies(one -> assertThat(one.what()).contains("1 micro-USD more than before, and 0 were granted"));
  }

  @Test
  void parentThatGaveLessThanWasDrawn_isFound() {
    plant();
    put(run(41, 0)).commit();
    assertThat(found()).extracting(Violation::invariant).containsOnly(Invariant.I7_MONEY_IS_CONSERVED);
    assertThat(found()).extracting(Violation::key).contains("acme");
  }

  @ParameterizedTest
  @ValueSource(longs = {6, 8})
  void chargeThatIsNotBookedAsItIs_isFound(long booked) {
    plant();
    put(run(40, booked)).line("run", "c", AccountOperation.ACCOUNT_OPERATION_CHARGED, 7, 0).commit();
    assertThat(found()).singleElement().satisfies(one -> assertThat(one.what()).contains("spend grew by " + booked, "7 were charged"));
  }

  @Test
  void spendThatIsLostWithItsAccount_isFound() {
    plant();
    put(run(40, 7)).line("run", "c", AccountOperation.ACCOUNT_OPERATION_CHARGED, 7, 0).commit();
    put(acme(93, 0, 0)).gone("run").line("run", "k", AccountOperation.ACCOUNT_OPERATION_CLOSED, 33, 0).commit();
    assertThat(found()).isNotEmpty();
  }

  @Test
  void negativeCredit_andAmountsThatDoNotAddUp_areFound() {
    put(acme(5, 9, 0)).line("acme", "o", AccountOperation.ACCOUNT_OPERATION_OPENED, 5, 5).commit();
    assertThat(found()).extracting(Violation::what).anyMatch(what -> what.startsWith("an amount is negative"));
    written.clear();
    put(acme(5, 0, 0).setCreditMicros(6)).line("acme", "o", AccountOperation.ACCOUNT_OPERATION_OPENED, 5, 5).commit();
    assertThat(found()).extracting(Violation::what).anyMatch(what -> what.startsWith("credit is 6"));
  }

  @Test
  void childrenOfAnAccountThatIsGone_areFound() {
    plant();
    gone("acme").commit();
    assertThat(found()).extracting(Violation::what).anyMatch(what -> what.contains("stand beneath it"));
  }
}
