using System.Buffers;
using BenchmarkDotNet.Attributes;
using Soket.Protocols.Http1;

namespace Soket.Perf.Micro;

/// <summary>Heads as a browser and a server write them.</summary>
public class HttpBenchmarks
{
    private readonly ReadOnlySequence<byte> _request = new("""
        GET /docs/page.html?a=1&b=2 HTTP/1.1
        Host: www.example.com
        User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36
        Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
        Accept-Language: id,en;q=0.8
        Accept-Encoding: gzip, deflate, br
        Connection: keep-alive


        """u8.ToArray().SelectMany(b => b == (byte)'\n' ? "\r\n"u8.ToArray() : [b]).ToArray());

    private readonly ReadOnlySequence<byte> _response = new("""
        HTTP/1.1 200 OK
        Date: Sat, 21 Nov 2026 10:00:00 GMT
        Content-Type: text/html; charset=utf-8
        Content-Length: 12345
        Cache-Control: max-age=3600
        ETag: "33a64df551425fcc"


        """u8.ToArray().SelectMany(b => b == (byte)'\n' ? "\r\n"u8.ToArray() : [b]).ToArray());

    [GlobalSetup]
    public void Prepare()
    {
        Check.That(ReadRequest()?.Fields.Count == 6, "the request's fields");
        Check.That(ReadResponse()?.Fields.Count == 5, "the response's fields");
    }

    [Benchmark]
    public HttpRequestHead? ReadRequest()
    {
        ReadOnlySequence<byte> buffer = _request;
        return HttpRequestHead.TryRead(ref buffer, HttpHeadLimits.Default, out HttpRequestHead? head, out _) == HttpHeadResult.Head ? head : null;
    }

    [Benchmark]
    public HttpResponseHead? ReadResponse()
    {
        ReadOnlySequence<byte> buffer = _response;
        return HttpResponseHead.TryRead(ref buffer, HttpHeadLimits.Default, out HttpResponseHead? head, out _) == HttpHeadResult.Head ? head : null;
    }
}
