using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Middleware.Tls;
using Soket.Middleware.WebSocket;
using Soket.Transports;

namespace Soket.Programs;

/// <summary>
/// Starts a program for each connection and joins the two: what the peer sends is its stdin, what it writes to stdout is sent, byte for byte. The peer's
/// half-close is the end of its stdin; the end of its stdout half-closes the connection. What it writes to stderr is told as events, a line each.
/// </summary>
/// <remarks>
/// When the program exits, or the connection is lost, whatever is left of the two ends within <see cref="Grace"/>: the program is asked to (SIGTERM), then
/// killed, with all it started in its process group.
/// </remarks>
/// <param name="command">The program.</param>
/// <param name="starter">Starts it.</param>
/// <param name="time">Measures the grace.</param>
public sealed class ProgramService(ProgramCommand command, IProgramStarter starter, TimeProvider? time = null) : ConnectionHandler
{
    private const int BufferSize = 32 * 1024;
    private const int LongestLine = 1024; // of stderr, bytes; a longer one is told in parts
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>How long a program that is to end is waited for before the next, harder step. 2 s.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        SocketScope? scope = connection.Features.Get<ISoketConnectionFeature>()?.Scope;
        IRunningProgram program = starter.Start(command, EnvironmentOf(connection));
        scope?.Note("program-started", program.Id.ToString(CultureInfo.InvariantCulture));
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var over = new CancellationTokenSource();
        using CancellationTokenRegistration closed = connection.ConnectionClosed.UnsafeRegister(static lost => ((TaskCompletionSource)lost!).TrySetResult(), lost);
        Task errors = TellErrorsAsync(program.Error, scope, over.Token);
        Task output = WatchedAsync(SendOutputAsync(program.Output, connection.Transport.Output, over.Token), lost);
        Task input = WatchedAsync(FeedInputAsync(connection, program, scope, over.Token), lost);
        try
        {
            await Task.WhenAny(program.Ended, lost.Task).ConfigureAwait(false);
            if (!program.Ended.IsCompleted)
                await EndAsync(program, hasSaidAll: output.IsCompletedSuccessfully).ConfigureAwait(false);
            scope?.Note("program-ended", Describe(await program.Ended.ConfigureAwait(false)));

            // What it started may hold its stdout for ever. What was written there is delivered all the same, at the peer's pace.
            await SettledAsync(Task.WhenAll(output, errors)).ConfigureAwait(false);
            program.Kill();
            await Task.WhenAny(output, lost.Task).ConfigureAwait(false);
            await SettledAsync(errors).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(input, output, errors).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await program.DisposeAsync().ConfigureAwait(false);
        }

        // A lost connection, told as such; what was cancelled here was not needed any more.
        await Task.WhenAll(new[] { input, output }.Where(static task => task.IsFaulted)).ConfigureAwait(false);
    }

    // A program that has closed its stdout may have something left to do; one whose peer is gone has not.
    private async Task EndAsync(IRunningProgram program, bool hasSaidAll)
    {
        if (hasSaidAll && await SettledAsync(program.Ended).ConfigureAwait(false))
            return;
        program.Terminate();
        if (!await SettledAsync(program.Ended).ConfigureAwait(false))
            program.Kill();
    }

    private async Task<bool> SettledAsync(Task task)
    {
        await task.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    private static async Task WatchedAsync(Task task, TaskCompletionSource lost)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch
        {
            lost.TrySetResult();
            throw;
        }
    }

    private async Task FeedInputAsync(ConnectionContext connection, IRunningProgram program, SocketScope? scope, CancellationToken cancellationToken)
    {
        PipeReader input = connection.Transport.Input;
        bool takes = true;
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (takes && !result.Buffer.IsEmpty && !await TakesAsync(program.Input, result.Buffer, connection, cancellationToken).ConfigureAwait(false))
                {
                    // It reads no more; what still comes is thrown away, so that the peer's end is seen.
                    takes = false;
                    scope?.Note("program-closed-stdin");
                }

                input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        finally
        {
            await CloseAsync(program.Input).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> TakesAsync(Stream stdin, ReadOnlySequence<byte> bytes, ConnectionContext connection, CancellationToken cancellationToken)
    {
        try
        {
            foreach (ReadOnlyMemory<byte> piece in bytes)
            {
                ValueTask writing = stdin.WriteAsync(piece, cancellationToken);
                if (writing.IsCompleted)
                    await writing.ConfigureAwait(false);
                else
                    await WatchedWhileAsync(writing.AsTask(), connection).ConfigureAwait(false);
            }

            await stdin.FlushAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false; // EPIPE
        }
    }

    // While the program takes nothing the connection is not read, and its reset would go unseen until the program ends, perhaps never: so the connection is asked.
    private async Task WatchedWhileAsync(Task writing, ConnectionContext connection)
    {
        ISoketConnectionFeature? feature = connection.Features.Get<ISoketConnectionFeature>();
        while (feature is not null && !writing.IsCompleted)
        {
            await writing.WaitAsync(Look, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (writing.IsCompleted || await feature.FindFailureAsync().ConfigureAwait(false) is not { } failure)
                continue;
            feature.Scope?.Failed(SocketCall.Receive, SocketScope.Now, failure);
            connection.Abort(new ConnectionAbortedException(failure.Message, failure));
            break;
        }

        await writing.ConfigureAwait(false);
    }

    private static async ValueTask CloseAsync(Stream stdin)
    {
        try
        {
            await stdin.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // EPIPE: it has closed its end before.
        }
    }

    private static async Task SendOutputAsync(Stream stdout, PipeWriter output, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await stdout.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            await output.CompleteAsync().ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task TellErrorsAsync(Stream stderr, SocketScope? scope, CancellationToken cancellationToken)
    {
        byte[] line = new byte[LongestLine];
        int held = 0;
        int read;
        while ((read = await stderr.ReadAsync(line.AsMemory(held), cancellationToken).ConfigureAwait(false)) > 0)
        {
            held += read;
            int start = 0;
            for (int end; (end = Array.IndexOf(line, (byte)'\n', start, held - start)) >= 0; start = end + 1)
                Tell(scope, line.AsSpan(start, end - start));
            if (start == 0 && held == line.Length)
                Tell(scope, line.AsSpan(0, start = held));
            line.AsSpan(start, held - start).CopyTo(line);
            held -= start;
        }

        if (held > 0)
            Tell(scope, line.AsSpan(0, held));
    }

    private static void Tell(SocketScope? scope, ReadOnlySpan<byte> line) => scope?.Note("program-says", Encoding.UTF8.GetString(line is [.., (byte)'\r'] ? line[..^1] : line));

    private static string Describe(ProgramEnd end) =>
        end.Signal is { } signal ? string.Create(CultureInfo.InvariantCulture, $"signal {signal}")
        : end.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"exit {code}")
        : "unknown";

    // Who talks to whom, as tcpserver and socat tell it; and not what a service manager said to this process alone.
    private static Dictionary<string, string> EnvironmentOf(ConnectionContext connection)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        foreach (string own in (ReadOnlySpan<string>)["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"])
            environment.Remove(own);
        bool secure = connection.Features.Get<ITlsFeature>() is not null;
        environment["SOKET_PROTOCOL"] = connection.Features.Get<IWebSocketFeature>() is not null ? (secure ? "wss" : "ws") : secure ? "tls" : connection.LocalEndPoint is IPEndPoint ? "tcp" : "unix";
        Tell("SOKET_LOCAL", connection.LocalEndPoint);
        Tell("SOKET_REMOTE", connection.RemoteEndPoint);
        return environment;

        void Tell(string name, EndPoint? address)
        {
            environment[name] = address?.ToString()?.Replace('\0', '@') ?? "";
            environment[name + "_ADDRESS"] = address is IPEndPoint ip ? ip.Address.ToString() : environment[name];
            environment[name + "_PORT"] = address is IPEndPoint { Port: var port } ? port.ToString(CultureInfo.InvariantCulture) : "";
        }
    }
}
