package io.infrafabric.governor.account;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.report.Reports;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.kit.grpc.Replies;

/** AccountService on gRPC. */
public final class GrpcAccounts extends AccountServiceGrpc.AccountServiceImplBase {
  private final Accounts accounts;
  private final Reports reports;

  public GrpcAccounts(Accounts accounts, Reports reports) {
    this.accounts = accounts;
    this.reports = reports;
  }

  @Override
  public void grant(GrantRequest request, StreamObserver<GrantResponse> observer) {
    Replies.reply(observer, accounts.grant(request));
  }

  @Override
  public void getAccount(GetAccountRequest request, StreamObserver<GetAccountResponse> observer) {
    Replies.reply(observer, accounts.get(request));
  }

  @Override
  public void report(ReportRequest request, StreamObserver<ReportResponse> observer) {
    Replies.reply(observer, reports.report(request));
  }
}
