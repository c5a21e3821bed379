using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bmp;
using Shared.Records;
using Shared.Records.Wire;

namespace Risotto.Encode;

/// <summary>The templates of one session's views, each built when its view first has a record.</summary>
internal sealed class UpdateTemplates(Ipv6Address router, ushort routerPort, CollectorIdentity collector)
{
    // By PeerView.Index.
    private RecordTemplate?[] _templates = [];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RecordTemplate Find(PeerView view)
    {
        var templates = _templates;
        return (uint)view.Index < (uint)templates.Length && templates[view.Index] is { } known ? known : Add(view);
    }

    private RecordTemplate Add(PeerView view)
    {
        if (view.Index >= _templates.Length)
            Array.Resize(ref _templates, Math.Max(4, view.Index * 2));
        return _templates[view.Index] = UpdateTemplate.Build(router, routerPort, collector, new PerPeerHeader(view.Header.ToHeader()));
    }
}
