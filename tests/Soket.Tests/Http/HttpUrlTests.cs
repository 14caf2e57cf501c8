using Soket.Http;
using Xunit;

namespace Soket.Tests.Http;

public sealed class HttpUrlTests
{
    [Theory]
    [InlineData("http://example.com", "http://example.com/", "tcp://example.com:80")]
    [InlineData("example.com/a?b#c", "http://example.com/a?b", "tcp://example.com:80")]
    [InlineData("HTTPS://Example.COM:443/x", "https://example.com/x", "tls://example.com:443")]
    [InlineData("https://[::1]:8443/", "https://[::1]:8443/", "tls://[::1]:8443")]
    [InlineData("http://localhost:/a/./b/../c", "http://localhost/a/c", "tcp://localhost:80")]
    [InlineData("http://ani:rahasia@localhost:8080/x", "http://localhost:8080/x", "tcp://localhost:8080")]
    [InlineData("localhost:8080/halaman satu/é", "http://localhost:8080/halaman%20satu/%C3%A9", "tcp://localhost:8080")]
    [InlineData("http://h/../../etc", "http://h/etc", "tcp://h:80")]
    [InlineData("http://h?a=b", "http://h/?a=b", "tcp://h:80")]
    public void A_URL_is_read_and_written_without_its_secrets(string text, string written, string endpoint)
    {
        Assert.True(HttpUrl.TryParse(text, out HttpUrl? url, out _));
        Assert.Equal((written, endpoint), (url.ToString(), url.Endpoint.ToString()));
    }

    [Theory]
    [InlineData("ftp://x/", HttpUrlError.Scheme)]
    [InlineData("file:///etc/passwd", HttpUrlError.Scheme)]
    [InlineData("http://", HttpUrlError.Form)]
    [InlineData("http:///x", HttpUrlError.Form)]
    [InlineData("http://h:99999/", HttpUrlError.Form)]
    [InlineData("http://h:0/", HttpUrlError.Form)]
    [InlineData("http://0177.0.0.1/", HttpUrlError.Form)]
    [InlineData("http://a b/", HttpUrlError.Form)]
    [InlineData("", HttpUrlError.Form)]
    public void What_is_no_URL_is_refused(string text, HttpUrlError expected)
    {
        Assert.False(HttpUrl.TryParse(text, out _, out HttpUrlError error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("b", "http://h/a/b")]
    [InlineData("../b", "http://h/b")]
    [InlineData("/b?c", "http://h/b?c")]
    [InlineData("?c", "http://h/a/x?c")]
    [InlineData("//other/b", "http://other/b")]
    [InlineData("https://other/b", "https://other/b")]
    [InlineData("", "http://h/a/x?q")]
    [InlineData("ftp://other/b", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("mailto:a@b", null)]
    public void A_reference_leads_where_RFC_3986_says(string reference, string? expected)
    {
        Assert.True(HttpUrl.TryParse("http://u:p@h/a/x?q", out HttpUrl? url, out _));
        HttpUrl? to = url.Resolve(reference);
        Assert.Equal(expected, to?.ToString());
        // Credentials stay where they were meant for.
        if (to is not null && to.Origin != url.Origin)
            Assert.Null(to.Credentials);
    }
}
