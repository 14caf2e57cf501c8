using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Perf.Servers;

/// <summary>Echo as an application of ASP.NET's connections: the same class on Kestrel, on Kestrel over Soket's transport, and on Soket's transport itself.</summary>
internal sealed class EchoHandler : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync();
                if (read.Buffer.IsSingleSegment)
                {
                    await output.WriteAsync(read.Buffer.First);
                }
                else
                {
                    foreach (ReadOnlyMemory<byte> part in read.Buffer)
                        output.Write(part.Span);
                    await output.FlushAsync();
                }

                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (ConnectionResetException)
        {
            // The peer gave up.
        }
    }
}
