package io.infrafabric.governor.account;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.budget.AccountTree;
import io.infrafabric.governor.report.Reports;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CloseAccountResponse;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetForecastRequest;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.governor.v1.ListAccountsRequest;
import io.infrafabric.governor.v1.ListAccountsResponse;
import io.infrafabric.governor.v1.ListTokenPricesRequest;
import io.infrafabric.governor.v1.ListTokenPricesResponse;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.PlaceAccountResponse;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.RefundResponse;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.governor.v1.TransferResponse;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.kit.grpc.Replies;

/** AccountService on gRPC. */
public final class GrpcAccounts extends AccountServiceGrpc.AccountServiceImplBase {
  private final Accounts accounts;
  private final AccountTree tree;
  private final Reports reports;

  public GrpcAccounts(Accounts accounts, AccountTree tree, Reports reports) {
    this.accounts = accounts;
    this.tree = tree;
    this.reports = reports;
  }

  @Override
  public void grant(GrantRequest request, StreamObserver<GrantResponse> observer) {
    Replies.reply(observer, tree.takes(request).thenCompose(takes -> takes ? tree.grant(request) : accounts.grant(request)));
  }

  @Override
  public void getAccount(GetAccountRequest request, StreamObserver<GetAccountResponse> observer) {
    Replies.reply(observer, tree.get(request));
  }

  @Override
  public void listAccounts(ListAccountsRequest request, StreamObserver<ListAccountsResponse> observer) {
    Replies.reply(observer, tree.list(request));
  }

  @Override
  public void createAccount(CreateAccountRequest request, StreamObserver<CreateAccountResponse> observer) {
    Replies.reply(observer, tree.create(request));
  }

  @Override
  public void placeAccount(PlaceAccountRequest request, StreamObserver<PlaceAccountResponse> observer) {
    Replies.reply(observer, tree.place(request));
  }

  @Override
  public void transfer(TransferRequest request, StreamObserver<TransferResponse> observer) {
    Replies.reply(observer, tree.transfer(request));
  }

  @Override
  public void closeAccount(CloseAccountRequest request, StreamObserver<CloseAccountResponse> observer) {
    Replies.reply(observer, tree.close(request));
  }

  @Override
  public void charge(ChargeRequest request, StreamObserver<ChargeResponse> observer) {
    Replies.reply(observer, tree.charge(request));
  }

  @Override
  public void refund(RefundRequest request, StreamObserver<RefundResponse> observer) {
    Replies.reply(observer, tree.refund(request));
  }

  @Override
  public void getForecast(GetForecastRequest request, StreamObserver<GetForecastResponse> observer) {
    Replies.reply(observer, tree.forecast(request));
  }

  @Override
  public void listTokenPrices(ListTokenPricesRequest request, StreamObserver<ListTokenPricesResponse> observer) {
    Replies.reply(observer, tree.prices(request));
  }

  @Override
  public void report(ReportRequest request, StreamObserver<ReportResponse> observer) {
    Replies.reply(observer, reports.report(request));
  }
}
