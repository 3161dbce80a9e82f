// Centrifuge's Go library, in the version that Debian packages: whoever
// connects may subscribe and publish, with history and recovery on.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/centrifugal/centrifuge"
)

// What is kept of a channel, as in the library's own chat example.
const (
	historySize = 300
	historyTTL  = time.Minute
)

func main() {
	node, err := centrifuge.New(centrifuge.DefaultConfig)
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(anonymous)
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(subscribe)
		client.OnPublish(publish)
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening at http://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{})))
}

func anonymous(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{}}, nil
}

func subscribe(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
	answer(centrifuge.SubscribeReply{
		Options: centrifuge.SubscribeOptions{Recover: true},
	}, nil)
}

func publish(event centrifuge.PublishEvent, answer centrifuge.PublishCallback) {
	answer(centrifuge.PublishReply{
		Options: centrifuge.PublishOptions{
			HistorySize: historySize,
			HistoryTTL:  historyTTL,
			ClientInfo:  event.ClientInfo,
		},
	}, nil)
}
