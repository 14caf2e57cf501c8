using Soket.Http;
using Soket.Protocols.Http1;
using Xunit;

namespace Soket.Tests.Http;

public sealed class CookieJarTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("http://a.example/x/y", "s=1", "http://a.example/x/z", "s=1")]
    [InlineData("http://a.example/x/y", "s=1", "http://a.example/other", null)]
    [InlineData("http://a.example/x/y", "s=1; Path=/", "http://a.example/other", "s=1")]
    [InlineData("http://a.example/", "s=1", "http://b.a.example/", null)]
    [InlineData("http://a.example/", "s=1; Domain=a.example", "http://b.a.example/", "s=1")]
    [InlineData("http://b.a.example/", "s=1; Domain=.a.example", "http://a.example/", "s=1")]
    [InlineData("http://a.example/", "s=1; Domain=other.example", "http://other.example/", null)]
    [InlineData("http://a.example/", "s=1; Domain=example", "http://b.example/", null)]
    [InlineData("http://a.example/", "s=1; Domain=a.example", "http://nota.example/", null)]
    [InlineData("https://a.example/", "s=1; Secure", "http://a.example/", null)]
    [InlineData("https://a.example/", "s=1; Secure", "https://a.example/", "s=1")]
    [InlineData("http://a.example/", "s=1; Secure", "https://a.example/", null)]
    [InlineData("http://a.example/", "s=1; Max-Age=0", "http://a.example/", null)]
    [InlineData("http://a.example/", "s=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.example/", "s=1")]
    [InlineData("http://a.example/", "s=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "http://a.example/", null)]
    [InlineData("http://127.0.0.1/", "s=1; Domain=0.0.1", "http://127.0.0.1/", null)]
    [InlineData("http://a.example/", "no pair", "http://a.example/", null)]
    public void A_cookie_goes_back_to_whom_it_belongs(string from, string set, string to, string? expected)
    {
        var jar = new CookieJar();
        jar.Take(Url(from), new HttpFields([new("Set-Cookie", set)]), Now);
        Assert.Equal(expected, jar.For(Url(to), Now.AddSeconds(1)));
    }

    [Fact]
    public void One_of_the_same_name_takes_the_place_of_the_other()
    {
        var jar = new CookieJar();
        jar.Take(Url("http://a.example/"), new HttpFields([new("Set-Cookie", "s=1"), new("set-cookie", "t=2"), new("Set-Cookie", "s=3")]), Now);
        Assert.Equal("t=2; s=3", jar.For(Url("http://a.example/"), Now));
    }

    [Fact]
    public void There_are_never_more_than_its_limit()
    {
        var jar = new CookieJar();
        for (int i = 0; i < CookieJar.MaxCookies + 50; i++)
            jar.Take(Url("http://a.example/"), new HttpFields([new("Set-Cookie", $"c{i}=1")]), Now);
        Assert.Equal(CookieJar.MaxCookies, jar.Count);
    }

    private static HttpUrl Url(string text) => HttpUrl.TryParse(text, out HttpUrl? url, out _) ? url : throw new FormatException(text);
}
