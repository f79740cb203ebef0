package io.infrafabric.kit.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Groups of transactions in etcd's own messages. jetcd would hand each group to a pool before it is sent and to two after it is answered,
 * and wrap it in a policy of retries: three wake-ups of the half dozen that a claim has to wait for (docs/reference/performance.md).
 */
final class EtcdTxns {
  /** Callbacks run where the answer is read, and must not block. */
  static final CallOptions ON_THE_CHANNELS_THREAD = CallOptions.DEFAULT.withExecutor(Runnable::run);

  private EtcdTxns() {}

  /**
   * Sends a group as one transaction, once.
   *
   * @return etcd's answer, on the channel's own thread: go on elsewhere with anything slow. Cancelling it ends the call
   */
  static CompletableFuture<TxnResponse> send(Channel channel, TxnRequest group) {
    ClientCall<TxnRequest, TxnResponse> call = channel.newCall(KVGrpc.getTxnMethod(), ON_THE_CHANNELS_THREAD);
    CompletableFuture<TxnResponse> answer = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        call,
        group,
        new StreamObserver<>() {
          @Override
          public void onNext(TxnResponse response) {
            answer.complete(response);
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {}
        });
    answer.whenComplete(
        (response, failure) -> {
          if (answer.isCancelled()) {
            call.cancel("no answer in time", null);
          }
        });
    return answer;
  }

  /** One transaction without compares that has the others nested in it: each holds or fails by itself, all at one revision. */
  static TxnRequest request(List<Txn> group) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    group.forEach(txn -> request.addSuccess(RequestOp.newBuilder().setRequestTxn(nested(txn))));
    return request.build();
  }

  /** Whose compares fail is told what stands at all of its keys. */
  private static TxnRequest nested(Txn txn) {
    TxnRequest.Builder nested = TxnRequest.newBuilder();
    for (Txn.Compare compare : txn.compares()) {
      ByteString key = ByteString.copyFromUtf8(compare.key());
      nested.addCompare(
          Compare.newBuilder()
              .setKey(key)
              .setTarget(Compare.CompareTarget.MOD)
              .setResult(Compare.CompareResult.EQUAL)
              .setModRevision(compare.modRevision()));
      nested.addFailure(RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)));
    }
    txn.writes().forEach(write -> nested.addSuccess(op(write)));
    return nested.build();
  }

  private static RequestOp op(Txn.Write write) {
    ByteString key = ByteString.copyFromUtf8(write.key());
    return switch (write) {
      case Txn.Write.Put put ->
          RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(key).setValue(put.value()).setLease(put.lease())).build();
      case Txn.Write.Delete delete -> RequestOp.newBuilder().setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key)).build();
    };
  }

  /** What became of each transaction of the group. */
  static List<Outcome> outcomes(List<Txn> group, TxnResponse response) {
    long revision = response.getHeader().getRevision();
    List<Outcome> outcomes = new ArrayList<>(group.size());
    for (int i = 0; i < group.size(); i++) {
      TxnResponse nested = response.getResponses(i).getResponseTxn();
      outcomes.add(
          nested.getSucceeded() ? new Outcome.Committed(revision) : new Outcome.Rejected(revision, current(group.get(i), nested.getResponsesList())));
    }
    return outcomes;
  }

  private static Map<String, Optional<Entry>> current(Txn txn, List<ResponseOp> reads) {
    Map<String, Optional<Entry>> current = new HashMap<>();
    for (int i = 0; i < reads.size(); i++) {
      List<KeyValue> found = reads.get(i).getResponseRange().getKvsList();
      current.put(txn.compares().get(i).key(), found.stream().findFirst().map(EtcdEntries::entry));
    }
    return current;
  }
}
