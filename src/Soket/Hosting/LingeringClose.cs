using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Hosting;

/// <summary>
/// The end of a connection whose service has finished: says so to the peer, and reads on for a while. Closing with bytes unread, or with more on
/// their way, is a reset (RFC 2525 2.17), and a reset overtakes what was said last.
/// </summary>
internal static class LingeringClose
{
    /// <summary>How long the peer is read on.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>A peer that sends without end is not read without end.</summary>
    public const long MostBytes = 1024 * 1024;

    /// <summary>Half-closes and reads on until the peer has ended as well, or long enough. Disposing the connection is left to the caller.</summary>
    public static async Task FinishAsync(ConnectionContext connection, TimeProvider time)
    {
        await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
        PipeReader input = connection.Transport.Input;
        CancellationTokenSource? deadline = null; // most peers have ended before: no timer for them
        try
        {
            long thrown = 0;
            while (thrown < MostBytes)
            {
                if (!input.TryRead(out ReadResult result))
                {
                    deadline ??= new CancellationTokenSource(Limit, time);
                    result = await input.ReadAsync(deadline.Token).ConfigureAwait(false);
                }

                thrown += result.Buffer.Length;
                bool ended = result.IsCompleted || result.IsCanceled;
                input.AdvanceTo(result.Buffer.End);
                if (ended)
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // Long enough, or aborted.
        }
        catch (IOException)
        {
            // The peer left with a reset; all was said, and the transport has told it.
        }
        catch (InvalidOperationException)
        {
            // The service has completed its reader: it wants to hear no more, and neither do we.
        }
        finally
        {
            deadline?.Dispose();
        }
    }
}
