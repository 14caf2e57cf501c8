using System.Net;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;

namespace Soket.Transports;

/// <summary>
/// Connects to the first of several addresses that answers (RFC 8305 5): a further attempt starts when the one before has failed or has not answered
/// for a while; the first connection wins and the others are given up.
/// </summary>
public static class HappyEyeballs
{
    /// <summary>The recommended Connection Attempt Delay (RFC 8305 8): 250 ms.</summary>
    public static TimeSpan DefaultDelay { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Connects.</summary>
    /// <param name="factory">Makes one attempt.</param>
    /// <param name="addresses">The addresses, in the order to try them; at least one.</param>
    /// <param name="context">What is known, for the failure.</param>
    /// <param name="delay">How long an attempt runs before the next one starts beside it.</param>
    /// <param name="timeout">How long all of it may take; null for ever.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketFailure">None answered; the failure carries every attempt.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<ConnectionContext> ConnectAsync(
        IConnectionFactory factory,
        IReadOnlyList<EndPoint> addresses,
        FailureContext context,
        TimeSpan delay,
        TimeSpan? timeout,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(addresses.Count, nameof(addresses));
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var deadline = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan, time);
        using CancellationTokenRegistration link = deadline.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), giveUp);
        long started = time.GetTimestamp();
        var attempts = new List<Attempt>(addresses.Count);
        Attempt? winner = null;
        int next = 0;
        try
        {
            while (winner is null)
            {
                if (next < addresses.Count && !giveUp.IsCancellationRequested)
                {
                    EndPoint address = addresses[next++];
                    attempts.Add(new Attempt(address, StartAsync(factory, address, giveUp.Token), time));
                }

                List<Task> waitFor = [.. attempts.Where(attempt => !attempt.Settled).Select(attempt => attempt.Task)];
                if (waitFor.Count == 0)
                {
                    if (next < addresses.Count && !giveUp.IsCancellationRequested)
                        continue;
                    break;
                }

                if (next < addresses.Count && !giveUp.IsCancellationRequested)
                {
                    using var wait = CancellationTokenSource.CreateLinkedTokenSource(giveUp.Token);
                    Task pause = Task.Delay(delay, time, wait.Token);
                    waitFor.Add(pause);
                    await Task.WhenAny(waitFor).ConfigureAwait(false);
                    await wait.CancelAsync().ConfigureAwait(false);
                    await pause.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                else
                {
                    await Task.WhenAny(waitFor).ConfigureAwait(false);
                }

                foreach (Attempt attempt in attempts)
                {
                    if (attempt.Settled || !attempt.Task.IsCompleted)
                        continue;
                    attempt.Settle();
                    if (attempt.Task.IsCompletedSuccessfully)
                        winner ??= attempt;
                }
            }
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            foreach (Attempt attempt in attempts.Where(attempt => attempt != winner))
                await attempt.GiveUpAsync().ConfigureAwait(false);
        }

        if (winner is not null)
            return await winner.Task.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        // What is no failure of a socket is a mistake, and is not to be told as a time-out.
        if (attempts.Select(attempt => attempt.Mistake).FirstOrDefault(mistake => mistake is not null) is { } mistake)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(mistake);
        throw Failure(attempts, context with { Elapsed = time.GetElapsedTime(started) }, deadline.IsCancellationRequested);
    }

    // A factory that throws at once has failed like any other.
    private static async Task<ConnectionContext> StartAsync(IConnectionFactory factory, EndPoint address, CancellationToken giveUp) =>
        await factory.ConnectAsync(address, giveUp).ConfigureAwait(false);

    private static SocketFailure Failure(List<Attempt> attempts, FailureContext context, bool timedOut)
    {
        List<ConnectAttempt> told = [.. attempts.Select(attempt => new ConnectAttempt(attempt.Address, attempt.Elapsed, attempt.Failure?.Error))];
        // What a machine that was reached said tells more than that a family has no route at all.
        SocketFailure? best = attempts.Select(attempt => attempt.Failure).OfType<SocketFailure>()
            .OrderBy(failure => failure.Error.Name is "ENETUNREACH" or "EADDRNOTAVAIL" or "EAFNOSUPPORT" ? 1 : 0).FirstOrDefault();
        context = context with { Attempts = told, Remote = best?.Context.Remote ?? attempts[0].Address, Local = best?.Context.Local, Facts = best?.Context.Facts ?? context.Facts };
        if (best is null || (timedOut && attempts.Any(attempt => attempt.Failure is null)))
            return new SocketFailure(SocketCall.Connect, SystemError.Timeout, context with { Remote = attempts.First(attempt => attempt.Failure is null).Address });
        return new SocketFailure(best.Call, best.Error, context, best.InnerException);
    }

    private sealed class Attempt(EndPoint address, Task<ConnectionContext> task, TimeProvider time)
    {
        private readonly long _started = time.GetTimestamp();

        public EndPoint Address { get; } = address;

        public Task<ConnectionContext> Task { get; } = task;

        public bool Settled { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        public SocketFailure? Failure => SocketFailure.Find(Task.Exception?.InnerException);

        public Exception? Mistake => Failure is null && Task.Exception?.InnerException is { } other and not OperationCanceledException ? other : null;

        public void Settle()
        {
            Settled = true;
            Elapsed = time.GetElapsedTime(_started);
        }

        public async Task GiveUpAsync()
        {
            if (!Settled)
                Settle();
            await ((Task)Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Task.IsCompletedSuccessfully)
                await (await Task.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }
}
