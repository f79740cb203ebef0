package io.infrafabric.governor.account;

import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.kit.grpc.Replies;

/** AccountService on gRPC. */
public final class GrpcAccounts extends AccountServiceGrpc.AccountServiceImplBase {
  private final Accounts accounts;

  public GrpcAccounts(Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  public void grant(GrantRequest request, StreamObserver<GrantResponse> observer) {
    Replies.reply(observer, accounts.grant(request));
  }

  @Override
  public void getAccount(GetAccountRequest request, StreamObserver<GetAccountResponse> observer) {
    Replies.reply(observer, accounts.get(request));
  }
}
