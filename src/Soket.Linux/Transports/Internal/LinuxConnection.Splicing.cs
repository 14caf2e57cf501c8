using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Soket.Transports;

namespace Soket.Linux.Transports.Internal;

/// <content>Bytes that go to another connection inside the kernel.</content>
internal sealed partial class LinuxConnection : ISpliceFeature
{
    public ManagedTransportOptions Beside(ManagedTransportOptions options) =>
        options.Streams is { } streams ? options with { Streams = made => streams(made) is LinuxTransport transport ? transport.On(Stream.Loop) : streams(made) } : options;

    public bool TrySplice(ConnectionContext to, Action<long> moved)
    {
        if (to is not LinuxConnection other || other.Stream.Loop != Stream.Loop || !IsPlain || !other.IsPlain)
            return false;
        return Stream.Loop.PostTo(
            static state =>
            {
                (LinuxConnection from, LinuxConnection to, Action<long> moved) = ((LinuxConnection, LinuxConnection, Action<long>))state!;
                from.Stream.SpliceTo(to.Stream, moved);
            },
            (this, other, moved));
    }

    protected override void AddFeatures(IFeatureCollection features)
    {
        base.AddFeatures(features);
        features.Set<ISpliceFeature>(this);
    }

    // Nothing stands between the socket and whoever uses the connection, nobody needs the bytes, and nothing is waited for with a limit.
    private bool IsPlain => ReferenceEquals(Transport, this) && Scope?.Events.NeedsBytes != true && Settings is { ReceiveTimeout: null, SendTimeout: null };
}
