using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Telemetry;

/// <summary>Metrics and traces as a receiver gets them.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task A_connection_is_a_span_at_both_ends_and_is_counted()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0", "--otlp", receiver.Address.ToString());
        await using (server)
        {
            Finished client = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--otlp", receiver.Address.ToString());
            Assert.Equal((0, "halo"), (client.ExitCode, client.Out));
            Assert.DoesNotContain("warning", client.Error, StringComparison.Ordinal);
            Assert.Equal(0, (await server.SignalAsync("TERM")).ExitCode);
        }

        Assert.All(receiver.Posts, post => Assert.Equal("application/x-protobuf", post.Type));
        Protobuf[] spans = Spans(receiver);
        Assert.Equal(["soket.connection.client", "soket.connection.server"], spans.Select(span => span.Text(5)).Order(StringComparer.Ordinal));
        Protobuf sent = spans.Single(span => span.Text(5) == "soket.connection.client");
        Protobuf served = spans.Single(span => span.Text(5) == "soket.connection.server");
        Assert.Equal((3UL, 2UL), (sent.Number(6), served.Number(6))); // SPAN_KIND_CLIENT, SPAN_KIND_SERVER
        Assert.True(sent.Number(7) > 0 && sent.Number(7) < sent.Number(8), "start before end");
        Assert.Contains("connect", sent.Messages(11).Select(e => e.Text(2)));
        Assert.Equal("accept", served.Messages(11).First().Text(2));
        Assert.Contains("send", served.Messages(11).Select(e => e.Text(2)));
        Dictionary<string, string> attributes = sent.Attributes(9);
        Assert.Equal(("tcp", "4", "4", "close"), (attributes["network.transport"], attributes["soket.bytes.sent"], attributes["soket.bytes.received"], attributes["soket.close.reason"]));
        Assert.Equal(("127.0.0.1", SoketProcess.PortOf(endpoints[0]).ToString()), (attributes["network.peer.address"], attributes["network.peer.port"]));
        Assert.Equal(served.Attributes(9)["network.peer.port"], attributes["network.local.port"]);

        // ExportMetricsServiceRequest: resource_metrics 1, scope_metrics 2, metric 2, name 1; the resource's attributes are 1.1.
        Protobuf[] metrics = [.. Bodies(receiver, "/v1/metrics").SelectMany(body => body.Messages(1))];
        Assert.Contains("soket.connections.opened", metrics.SelectMany(one => one.Messages(2)).SelectMany(scope => scope.Messages(2)).Select(metric => metric.Text(1)));
        Assert.All(metrics, one => Assert.Equal("soket", one.Messages(1).Single().Attributes(1)["service.name"]));
    }

    [Fact]
    public async Task A_failed_connect_is_a_span_with_its_error()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        int port = Ports.Free();

        Finished client = await SoketProcess.RunAsync("connect", $"tcp://127.0.0.1:{port}", "halo", "--otlp", receiver.Address.ToString());

        Assert.Equal(7, client.ExitCode);
        Protobuf span = Assert.Single(Spans(receiver));
        Assert.Equal("ECONNREFUSED", span.Attributes(9)["error.type"]);
        Assert.Equal(2UL, span.Messages(15).Single().Number(3)); // STATUS_CODE_ERROR
    }

    [Fact]
    public async Task A_receiver_that_is_away_or_refuses_is_said_once_and_harms_nothing()
    {
        (SoketProcess server, IReadOnlyList<string> endpoints) = await SoketProcess.ServeAsync("echo", "tcp://127.0.0.1:0");
        await using (server)
        {
            Finished away = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--otlp", $"http://127.0.0.1:{Ports.Free()}");
            await using OtlpReceiver refusing = await OtlpReceiver.StartAsync(status: 403);
            Finished refused = await SoketProcess.RunAsync("connect", endpoints[0], "halo", "--otlp", refusing.Address.ToString());

            Assert.Equal((0, "halo"), (away.ExitCode, away.Out));
            Assert.Single(away.Error.Split('\n'), line => line.Contains("did not take what was sent: Connection refused", StringComparison.Ordinal));
            Assert.Equal((0, "halo"), (refused.ExitCode, refused.Out));
            Assert.Single(refused.Error.Split('\n'), line => line.Contains("did not take what was sent: HTTP 403", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("localhost:4318")]
    [InlineData("ftp://localhost")]
    [InlineData("x")]
    public async Task Anything_but_an_http_address_is_a_mistake(string receiver)
    {
        Finished finished = await SoketProcess.RunAsync("connect", ":1", "--otlp", receiver);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("is not an http or https address", finished.Error, StringComparison.Ordinal);
    }

    // ExportTraceServiceRequest: resource_spans 1, scope_spans 2, span 2.
    private static Protobuf[] Spans(OtlpReceiver receiver) =>
        [.. Bodies(receiver, "/v1/traces").SelectMany(body => body.Messages(1)).SelectMany(resource => resource.Messages(2)).SelectMany(scope => scope.Messages(2))];

    private static IEnumerable<Protobuf> Bodies(OtlpReceiver receiver, string path) => receiver.Posts.Where(post => post.Path == path).Select(post => new Protobuf(post.Body));
}
