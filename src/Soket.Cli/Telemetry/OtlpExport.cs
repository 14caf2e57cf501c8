using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Soket.Cli.CommandLine;
using Soket.Events;

namespace Soket.Cli.Telemetry;

/// <summary>Sends what the observers see to an OTLP receiver, over HTTP in protobuf. Made only when it was asked for: its libraries are not loaded otherwise.</summary>
internal sealed class OtlpExport : IAsyncDisposable
{
    // What could not be sent by then is given up: a receiver that hangs must not keep a command from ending.
    private const int Patience = 5_000;

    private readonly TracesObserver _traces;
    private readonly MetricsObserver _metrics;
    private readonly TracerProvider _tracerProvider;
    private readonly MeterProvider _meterProvider;

    /// <summary>Begins to send.</summary>
    /// <param name="receiver">The receiver's address; <c>/v1/traces</c> and <c>/v1/metrics</c> are put after it.</param>
    /// <param name="failed">Told, once, why the receiver did not take something; on any thread.</param>
    public OtlpExport(Uri receiver, Action<string> failed)
    {
        var told = new TellingHandler.Once(failed);
        _tracerProvider = Sdk.CreateTracerProviderBuilder()
            .AddSource(TracesObserver.SourceName)
            .SetResourceBuilder(Resource())
            .AddOtlpExporter(options => Configure(options, receiver, "v1/traces", told))
            .Build();
        _meterProvider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MetricsObserver.MeterName)
            .SetResourceBuilder(Resource())
            .AddOtlpExporter((options, reader) =>
            {
                Configure(options, receiver, "v1/metrics", told);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 10_000;
            })
            .Build();
        _traces = new TracesObserver();
        _metrics = new MetricsObserver();
    }

    public IEnumerable<ISocketObserver> Observers => [_traces, _metrics];

    public async ValueTask DisposeAsync()
    {
        // Both wait for the receiver, which must not be done on a thread of the pool that others need.
        await Task.Factory.StartNew(
            () =>
            {
                _traces.Dispose();
                _tracerProvider.Shutdown(Patience);
                _meterProvider.Shutdown(Patience);
                _metrics.Dispose();
                _tracerProvider.Dispose();
                _meterProvider.Dispose();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
    }

    private static ResourceBuilder Resource() => ResourceBuilder.CreateDefault().AddService("soket", serviceVersion: CommandLineApp.VersionText);

    private static void Configure(OtlpExporterOptions options, Uri receiver, string path, TellingHandler.Once told)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri($"{receiver.AbsoluteUri.TrimEnd('/')}/{path}");
        options.TimeoutMilliseconds = Patience;
        options.HttpClientFactory = () => new HttpClient(new TellingHandler(told)) { Timeout = TimeSpan.FromMilliseconds(Patience) };
    }
}
